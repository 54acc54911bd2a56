/* Texts to word ids. A piece's ids are remembered; a piece that is not in the table is split here when it is
 * ASCII and the rules are simple enough, and by Python when not.
 */
#include <stdlib.h>

#include "kernel.h"

enum { SLOTS = 1 << 19, MAX_PIECES = 250000, ARENA_BYTES = 16 << 20, MAX_MARKUP = 200 };

enum { SPECIAL = 2 }; /* as in model/text/vocabulary.py */

/* A piece in the arena: this, then its ids, then its bytes. */
typedef struct {
    uint32_t tag; /* the upper half of its hash */
    uint16_t size, ids;
} entry;

typedef struct {
    keys vocabulary; /* the position of a word in it is its id less `SPECIAL` */
    int32_t first_newcomer; /* id */
    newcomers others;
    rules rules;
    int has_rules;
    uint32_t *slots; /* 0, or an entry's place in the arena in units of 4 bytes */
    uint8_t *arena;
    uint32_t pieces, used; /* used: bytes of the arena */
} encoder;

EXPORT void kernel_encoder_clear(encoder *this) {
    memset(this->slots, 0, SLOTS * sizeof *this->slots);
    this->pieces = 0;
    this->used = sizeof(uint32_t); /* place 0 means a free slot */
}

/* The pieces are forgotten too, for their ids mean nothing any more. */
EXPORT void kernel_newcomers_clear(encoder *this) {
    newcomers_clear(&this->others);
    kernel_encoder_clear(this);
}

EXPORT int64_t kernel_newcomers(const encoder *this, const uint8_t **bytes, const int64_t **ends) {
    *bytes = this->others.bytes;
    *ends = this->others.ends;
    return this->others.count;
}

/* A word's id, a new one when it was never met; `UNKNOWN` when there is no memory to remember it. */
EXPORT int32_t kernel_word_id(encoder *this, const uint8_t *word, int64_t size) {
    int64_t position = keys_find(&this->vocabulary, word, size);
    if (position >= 0)
        return (int32_t)position + SPECIAL;
    position = newcomers_number(&this->others, word, size);
    return position < 0 ? UNKNOWN : this->first_newcomer + (int32_t)position;
}

EXPORT void kernel_encoder_free(encoder *this) {
    if (this) {
        newcomers_clear(&this->others);
        free(this->vocabulary.slots);
        free(this->rules.exceptions.slots);
        free(this->slots);
        free(this->arena);
    }
    free(this);
}

/* `simple` is NULL when every piece is to be split by Python. NULL when there is no memory. */
EXPORT encoder *kernel_encoder_new(const uint8_t *words, const int64_t *word_ends, int64_t count, const rules *simple,
                                   const uint8_t *exceptions, const int64_t *exception_ends, int64_t exception_count) {
    encoder *this = calloc(1, sizeof *this);
    if (!this)
        return NULL;
    if (simple)
        this->rules = *simple;
    this->has_rules = simple != NULL;
    this->first_newcomer = (int32_t)count + SPECIAL;
    this->slots = malloc(SLOTS * sizeof *this->slots);
    this->arena = malloc(ARENA_BYTES);
    if (!this->slots || !this->arena || !keys_init(&this->vocabulary, words, word_ends, count) ||
        !keys_init(&this->rules.exceptions, exceptions, exception_ends, exception_count)) {
        kernel_encoder_free(this);
        return NULL;
    }
    kernel_encoder_clear(this);
    return this;
}

/* Whether another portion of texts should start with an empty table. */
EXPORT int kernel_encoder_is_full(const encoder *this) {
    return this->pieces > MAX_PIECES / 4 * 3 || this->used > ARENA_BYTES / 4 * 3;
}

static const entry *find(const encoder *this, const uint8_t *piece, int64_t size, uint64_t hash) {
    for (uint64_t slot = hash & (SLOTS - 1); this->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        const entry *found = (const entry *)(this->arena + 4 * (uint64_t)this->slots[slot]);
        if (found->tag == hash >> 32 && found->size == size && !memcmp((const int32_t *)(found + 1) + found->ids, piece, (size_t)size))
            return found;
    }
    return NULL;
}

/* Remember a piece that is not in the table; 0 when there is no room. */
EXPORT int kernel_encoder_add(encoder *this, const uint8_t *piece, int64_t size, const int32_t *ids, int64_t count) {
    uint64_t hash = hash_bytes(piece, size), slot = hash & (SLOTS - 1);
    uint64_t bytes = (sizeof(entry) + 4 * (uint64_t)count + (uint64_t)size + 3) & ~(uint64_t)3;
    if (this->pieces >= MAX_PIECES || this->used + bytes > ARENA_BYTES || size > UINT16_MAX || count > UINT16_MAX)
        return 0;
    while (this->slots[slot])
        slot = (slot + 1) & (SLOTS - 1);
    entry *made = (entry *)(this->arena + this->used);
    *made = (entry){(uint32_t)(hash >> 32), (uint16_t)size, (uint16_t)count};
    memcpy(made + 1, ids, 4 * (size_t)count);
    memcpy((int32_t *)(made + 1) + count, piece, (size_t)size);
    this->slots[slot] = this->used / 4;
    this->used += (uint32_t)bytes;
    this->pieces++;
    return 1;
}

static int is_ascii(const uint8_t *piece, int64_t size) {
    uint8_t all = 0;
    for (int64_t at = 0; at < size; at++)
        all |= piece[at];
    return all < 128;
}

/* The ids of an ASCII piece by the rules; their number, or GAVE_UP. */
static int resolve(encoder *this, const uint8_t *piece, int size, int32_t *ids) {
    uint8_t sizes[MAX_PIECE], lower[MAX_PIECE];
    int count = split_piece(&this->rules, piece, size, sizes);
    for (int at = 0; at < size; at++)
        lower[at] = piece[at] >= 'A' && piece[at] <= 'Z' ? piece[at] | 32 : piece[at];
    const uint8_t *word = lower;
    for (int token = 0; token < count; word += sizes[token++])
        ids[token] = kernel_word_id(this, word, sizes[token]);
    return count;
}

enum { WAITING = 16 }; /* pieces whose places in the table are on their way from memory */

typedef struct {
    const uint8_t *piece;
    int64_t size;
    uint64_t hash;
} waiting;

/* Where the ids of some texts go, and the pieces that are left to Python, as offset and size. */
typedef struct {
    const uint8_t *bytes;
    int32_t *ids;
    int64_t *unresolved;
    int64_t room, pieces;
    waiting queue[WAITING];
    uint64_t first, last; /* of the queue, counted from the beginning; last is exclusive */
} output;

/* The ids of the piece that has waited longest. */
static void encode_next(encoder *this, output *to) {
    const waiting *next = to->queue + to->first++ % WAITING;
    const uint8_t *piece = next->piece;
    int64_t size = next->size;
    const entry *known = find(this, piece, size, next->hash);
    if (known) {
        const int32_t *ids = (const int32_t *)(known + 1);
        *to->ids++ = ids[0]; /* most pieces are one word, and none is no word */
        for (int at = 1; at < known->ids; at++)
            *to->ids++ = ids[at];
        return;
    }
    int count = this->has_rules && is_ascii(piece, size) ? resolve(this, piece, (int)size, to->ids) : GAVE_UP;
    if (count == GAVE_UP) {
        if (to->pieces < to->room) {
            to->unresolved[2 * to->pieces] = piece - to->bytes;
            to->unresolved[2 * to->pieces + 1] = size;
        }
        to->pieces++;
        return;
    }
    if (!kernel_encoder_is_full(this)) /* the last quarter is Python's, whose pieces must find room */
        kernel_encoder_add(this, piece, size, to->ids, count);
    to->ids += count;
}

static void encode_piece(encoder *this, output *to, const uint8_t *piece, int64_t size) {
    if (to->last - to->first == WAITING)
        encode_next(this, to);
    uint64_t hash = hash_bytes(piece, size);
    to->queue[to->last++ % WAITING] = (waiting){piece, size, hash};
    __builtin_prefetch(this->slots + (hash & (SLOTS - 1)));
    if (to->last - to->first > WAITING / 2) { /* that one's slot has come */
        uint64_t slot = to->queue[(to->last - 1 - WAITING / 2) % WAITING].hash & (SLOTS - 1);
        __builtin_prefetch(this->arena + 4 * (uint64_t)this->slots[slot]);
    }
}

static int is_continuation(uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

/* A piece between white space, in parts of at most MAX_PIECE characters. */
static void encode_between(encoder *this, output *to, const uint8_t *piece, const uint8_t *end) {
    while (end - piece > MAX_PIECE) {
        const uint8_t *part = piece;
        for (int characters = 0; part < end && (characters < MAX_PIECE || is_continuation(*part)); part++)
            characters += !is_continuation(*part);
        encode_piece(this, to, piece, part - piece);
        piece = part;
    }
    if (piece < end)
        encode_piece(this, to, piece, end - piece);
}

/* The size of the markup such as <br /> that starts here, 0 when none does. */
static int64_t markup(const uint8_t *at, const uint8_t *end) {
    const uint8_t *start = at++;
    at += at < end && *at == '/';
    if (at >= end || (uint8_t)((*at++ | 32) - 'a') >= 26)
        return 0;
    for (int characters = 0; at < end && *at != '<'; at++) {
        if (*at == '>')
            return at + 1 - start;
        characters += !is_continuation(*at);
        if (characters > MAX_MARKUP)
            return 0;
    }
    return 0;
}

enum { ORDINARY, SPACE, ALONE };

/* What the character of several bytes that starts here is; its size too. Python's str.isspace, and contract/texts.py's UNSPACED. */
static int kind_of_wide(const uint8_t *at, const uint8_t *end, int *size) {
    *size = *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : 4;
    if (end - at < *size) {
        *size = 1;
        return ORDINARY;
    }
    if (*size == 2)
        return *at == 0xC2 && (at[1] == 0x85 || at[1] == 0xA0) ? SPACE : ORDINARY;
    if (*size == 4)
        return ORDINARY;
    int c = (*at & 15) << 12 | (at[1] & 63) << 6 | (at[2] & 63);
    if (c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000)
        return SPACE;
    if ((c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) || (c >= 0x3040 && c <= 0x30FF) ||
        (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF))
        return ALONE;
    return ORDINARY;
}

static void encode_text(encoder *this, output *to, const uint8_t *at, const uint8_t *end) {
    const uint8_t *piece = at; /* where the piece that is being read began */
    while (at < end) {
        int size = 1, kind = ORDINARY;
        if (*at <= ' ')
            kind = *at == ' ' || (*at >= 9 && *at <= 13) || (*at >= 28 && *at <= 31) ? SPACE : ORDINARY;
        else if (*at == '<')
            kind = (size = (int)markup(at, end)) ? SPACE : ORDINARY;
        else if (*at >= 0xC2)
            kind = kind_of_wide(at, end, &size);
        size += !size; /* a '<' that starts no markup */
        if (kind != ORDINARY) {
            encode_between(this, to, piece, at);
            if (kind == ALONE)
                encode_piece(this, to, at, size);
            piece = at + size;
        }
        at += size;
    }
    encode_between(this, to, piece, end);
    while (to->first < to->last)
        encode_next(this, to);
}

/* Encode texts until one has a piece that Python must resolve.
 *
 * ends (texts + 1): where each text ends in `bytes`, 0 first. lengths (texts): words of each. ids has room for one
 * id per byte and text. Returns the number of texts done; the one behind them, if any, has *unresolved_count
 * pieces to resolve, of which the first `room` are listed; *written is the number of ids.
 */
EXPORT int64_t kernel_encode(encoder *this, const uint8_t *bytes, const int64_t *ends, int64_t texts, int32_t *ids, int32_t *lengths,
                             int64_t *unresolved, int64_t room, int64_t *unresolved_count, int64_t *written) {
    output to = {.bytes = bytes, .ids = ids, .unresolved = unresolved, .room = room};
    int64_t text = 0;
    *unresolved_count = 0;
    *written = 0;
    for (; text < texts; text++) {
        int32_t *first = to.ids;
        encode_text(this, &to, bytes + ends[text], bytes + ends[text + 1]);
        if (to.pieces) {
            *unresolved_count = to.pieces;
            break;
        }
        lengths[text] = (int32_t)(to.ids - first);
        if (to.ids == first)
            *to.ids++ = UNKNOWN;
        *written = to.ids - ids;
    }
    return text;
}
