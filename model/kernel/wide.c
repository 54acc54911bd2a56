/* The wide part, as in model/wide.py: the distinct known terms of each text, weighted and summed. */
#include <math.h>
#include <stdlib.h>

#include "kernel.h"

enum { ID_BITS = 21, BLOCK = 64 }; /* BLOCK: look-ups under way at once, so that memory is waited for together */
enum { ADDED_IN_FLOAT = 64 }; /* terms; a long text has tens of thousands, and their sum in float would be off by some 1e-4 of itself */

typedef struct {
    int64_t key;
    int32_t term;
} slot;

/* Most of what is looked up is no term, and a tag, one byte of its hash, tells so: all tags fit where all slots do not. */
typedef struct {
    uint8_t *tags; /* of each slot; 0: it is free */
    slot *slots;
    int64_t count;
    int shift; /* of a hash, to the number of a slot */
    uint64_t mask;
} terms;

static inline uint64_t hash_of(int64_t key) {
    return (uint64_t)key * 0x9E3779B97F4A7C15u;
}

static inline uint64_t place_of(const terms *in, int64_t key) {
    return hash_of(key) >> in->shift;
}

static inline uint8_t tag_of(const terms *in, int64_t key) {
    uint8_t tag = (uint8_t)(hash_of(key) >> (in->shift - 8)); /* the bits below those of the place */
    return tag ? tag : 1;
}

EXPORT void kernel_terms_free(terms *this) {
    if (this) {
        free(this->tags);
        free(this->slots);
    }
    free(this);
}

EXPORT terms *kernel_terms_new(const int64_t *keys, int64_t count) {
    terms *this = calloc(1, sizeof *this);
    if (!this)
        return NULL;
    this->count = count;
    int bits = 4;
    while (1ll << bits < 2 * count)
        bits++;
    this->shift = 64 - bits;
    this->mask = (1ull << bits) - 1;
    this->tags = calloc(this->mask + 1, 1);
    this->slots = malloc((this->mask + 1) * sizeof(slot));
    if (!this->tags || !this->slots) {
        kernel_terms_free(this);
        return NULL;
    }
    for (int64_t term = 0; term < count; term++) {
        uint64_t at = place_of(this, keys[term]);
        while (this->tags[at])
            at = (at + 1) & this->mask;
        this->tags[at] = tag_of(this, keys[term]);
        this->slots[at] = (slot){keys[term], (int32_t)term};
    }
    return this;
}

/* The first place from `at` on whose tag is the key's, or one that is free. */
static inline uint64_t candidate(const terms *in, int64_t key, uint64_t at) {
    const uint8_t tag = tag_of(in, key);
    while (in->tags[at] && in->tags[at] != tag)
        at = (at + 1) & in->mask;
    return at;
}

/* The terms of one text in the order in which they are met first. */
typedef struct {
    int32_t *found; /* (3 * words) */
    int64_t count;
    int32_t *seen; /* a hash set of terms, -1 where free */
    uint32_t seen_mask;
    const rows *learned;
    int64_t terms, labels;
} distinct;

static void add(int32_t row, distinct *to) {
    uint32_t place = (uint32_t)row * 0x9E3779B1u >> 7 & to->seen_mask;
    while (to->seen[place] >= 0 && to->seen[place] != row)
        place = (place + 1) & to->seen_mask;
    if (to->seen[place] != row) {
        to->seen[place] = row;
        to->found[to->count++] = row;
        if (row < to->terms) { /* summed when the whole text has been read, and by then it has come */
            __builtin_prefetch(to->learned->squares + row);
            __builtin_prefetch(to->learned->weights + row * to->labels);
        }
    }
}

static void look_up(const terms *in, const int64_t *keys, int count, distinct *to) {
    int64_t likely[BLOCK + 3];
    uint64_t places[BLOCK + 3];
    int kept = 0;
    for (int at = 0; at < count; at++) {
        uint64_t place = candidate(in, keys[at], place_of(in, keys[at]));
        if (in->tags[place]) {
            __builtin_prefetch(in->slots + place);
            likely[kept] = keys[at];
            places[kept++] = place;
        }
    }
    for (int at = 0; at < kept; at++) {
        uint64_t place = places[at];
        while (in->tags[place] && in->slots[place].key != likely[at])
            place = candidate(in, likely[at], (place + 1) & in->mask);
        if (in->tags[place])
            add(in->slots[place].term, to);
    }
}

/* A newcomer is numbered behind the terms; no term holds one. */
static void collect(const terms *in, int32_t known_words, int64_t newcomers, const int32_t *ids, int64_t words, distinct *to) {
    int64_t keys[BLOCK + 3], first = 0, second = 0; /* first, second: the last two ids, 0 where a term cannot go on */
    int count = 0;
    for (int64_t word = 0; word < words; word++) {
        int64_t id = ids[word];
        if (id <= UNKNOWN || id >= known_words) {
            first = second = 0;
            if (id >= known_words && id - known_words < newcomers)
                add((int32_t)(in->count + id - known_words), to);
            continue;
        }
        keys[count++] = id;
        if (second)
            keys[count++] = second << ID_BITS | id;
        if (first)
            keys[count++] = first << 2 * ID_BITS | second << ID_BITS | id;
        for (int at = count - 1; at >= 0 && at >= count - 3; at--)
            __builtin_prefetch(in->tags + place_of(in, keys[at]));
        first = second;
        second = id;
        if (count >= BLOCK) {
            look_up(in, keys, count, to);
            count = 0;
        }
    }
    look_up(in, keys, count, to);
}

/* The terms' rows, divided by the root of their squares' sum: logits (C). The sums of blocks are added in double, in totals (C). */
static void add_up(const distinct *of, const rows *new, const float *bias, double *restrict totals, float *restrict logits) {
    const int64_t labels = of->labels;
    double length = 0;
    memset(totals, 0, (size_t)labels * sizeof(double));
    for (int64_t first = 0; first < of->count; first += ADDED_IN_FLOAT) {
        int64_t end = first + ADDED_IN_FLOAT < of->count ? first + ADDED_IN_FLOAT : of->count;
        memset(logits, 0, (size_t)labels * sizeof(float));
        for (int64_t at = first; at < end; at++) {
            int is_new = of->found[at] >= of->terms;
            const rows *from = is_new ? new : of->learned;
            int64_t number = is_new ? of->found[at] - of->terms : of->found[at];
            const float *restrict row = from->weights + number * labels;
            length += from->squares[number];
            for (int64_t label = 0; label < labels; label++)
                logits[label] += row[label];
        }
        for (int64_t label = 0; label < labels; label++)
            totals[label] += logits[label];
    }
    double scale = length > 0 ? 1 / sqrt(length) : 0;
    for (int64_t label = 0; label < labels; label++)
        logits[label] = (float)(totals[label] * scale) + bias[label];
}

/* Rows of F terms, and of M newcomers, whose ids start at `known_words`; bias (C); logits (N, C). Returns 0 when there is no memory. */
EXPORT int kernel_wide(const terms *in, const rows *learned, const rows *new, int32_t known_words, int64_t newcomers, const float *bias,
                       int64_t labels, const int32_t *ids, const int32_t *lengths, int64_t texts, float *logits) {
    int64_t longest = 0;
    for (int64_t text = 0; text < texts; text++)
        longest = lengths[text] > longest ? lengths[text] : longest;
    uint64_t most = 16;
    while (most < 6 * (uint64_t)longest)
        most *= 2;
    distinct of = {.learned = learned, .terms = in->count, .labels = labels};
    of.found = malloc((3 * (size_t)longest + 1) * sizeof(int32_t));
    of.seen = malloc(most * sizeof(int32_t));
    double *totals = malloc((size_t)labels * sizeof(double));
    int is_done = of.found && of.seen && totals;
    for (int64_t text = 0; is_done && text < texts; ids += lengths[text++], logits += labels) {
        uint32_t places = 16;
        while (places < 6 * (uint64_t)lengths[text])
            places *= 2;
        memset(of.seen, 0xFF, places * sizeof(int32_t));
        of.seen_mask = places - 1;
        of.count = 0;
        collect(in, known_words, newcomers, ids, lengths[text], &of);
        add_up(&of, new, bias, totals, logits);
    }
    free(of.found);
    free(of.seen);
    free(totals);
    return is_done;
}
