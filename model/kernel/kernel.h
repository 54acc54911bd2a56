/* What the parts of the kernel share. Every function that starts with kernel_ is called from Python (binding.py).
 *
 * No function keeps what it was given beyond the call, except that the tables built by kernel_*_new refer to the
 * arrays they were built from: Python holds those as long as the table.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { UNKNOWN = 1 }; /* as in model/text/vocabulary.py */

/* Keys, one behind the other, found by their bytes. A free slot holds 0, any other one more than the key's position. */
typedef struct {
    const uint8_t *bytes;
    const int64_t *ends; /* (count) of each key */
    uint32_t *slots;
    uint64_t mask;
    int64_t longest; /* bytes */
} keys;

int keys_init(keys *to, const uint8_t *bytes, const int64_t *ends, int64_t count);
int64_t keys_find(const keys *in, const uint8_t *text, int64_t size); /* -1 when it is none of them */

/* Words that are told apart but not known beforehand; newcomers.c. All zeros: none yet. */
typedef struct {
    uint8_t *bytes;
    int64_t *ends; /* (count) */
    uint32_t *slots; /* as in keys */
    uint64_t mask;
    int64_t count, room, bytes_room;
} newcomers;

int64_t newcomers_number(newcomers *all, const uint8_t *word, int64_t size); /* a new one when it was never met; -1: no memory */
void newcomers_clear(newcomers *all);

static inline uint64_t hash_bytes(const uint8_t *text, int64_t size) {
    uint64_t hash = 0x9E3779B97F4A7C15u ^ (uint64_t)size, word;
    for (; size >= 8; size -= 8, text += 8) {
        memcpy(&word, text, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, text, (size_t)size);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 29;
    hash *= 0x94D049BB133111EBu;
    return hash ^ hash >> 32;
}

/* What the wide part has learned of each of n terms or subwords. */
typedef struct {
    const float *squares; /* (n) */
    const float *weights; /* (n, C) */
} rows;

/* A pattern as a program over ASCII; programs.py writes it and says what the instructions mean. */
typedef struct {
    const int32_t *code; /* NULL: the language has no such pattern */
    const uint64_t *sets; /* two words per set of characters */
    int32_t tail; /* characters at a text's end, see program_tail */
} program;

enum { NO_MATCH = -1, GAVE_UP = -2 };
int program_is_possible(const program *run, const uint8_t *text, int size); /* 0: it matches nowhere, in no part either */
int program_tail(const program *run, const uint8_t *text, int size); /* where the tail begins, in which all matches do */
/* The end of the match that starts at 0, or of the leftmost one that ends behind `beyond`; *steps are those that are left, and
 * without any they give up. An empty match at the very end is not found. */
int program_match(const program *run, const uint8_t *text, int size, int *steps);
int program_search(const program *run, const uint8_t *text, int size, int from, int beyond, int *start, int *steps);

/* spaCy's rules for pieces of ASCII; splitting.c. */
typedef struct {
    program prefix, suffix, infix, token_match, url_match;
    keys exceptions;
    const int64_t *first_word; /* (exceptions + 1) position in word_sizes */
    const uint8_t *word_sizes;
    const uint8_t *phrase_tokens; /* (exceptions) see splitting.c */
    int32_t leaves_letters_whole; /* no affix or infix has a match in a text of nothing but letters */
} rules;

enum { MAX_PIECE = 100 }; /* characters, as in model/text/rules.py */
int split_piece(const rules *by, const uint8_t *piece, int size, uint8_t *sizes); /* token sizes; GAVE_UP: ask Python */

#endif
