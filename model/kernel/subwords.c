/* What the subwords of words tell, as in model/text/subwords.py, which says how they are told apart. */
#include "kernel.h"

enum { SHORTEST = 3, LONGEST = 5 }; /* characters, as in subwords.py, and so are these: */
static const uint32_t BASE = 16777619u, SPREAD = 2654435769u;

/* The character that starts here; words are whole in UTF-8. */
static uint32_t character(const uint8_t **at) {
    uint32_t first = *(*at)++, code;
    if (first < 0x80)
        return first;
    int more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    code = first & (0x3Fu >> more);
    while (more--)
        code = code << 6 | (*(*at)++ & 0x3F);
    return code;
}

enum { BUCKETS = 48 }; /* asked for before they are added, so that memory is waited for together */

typedef struct {
    const rows *subwords;
    int64_t labels;
    float *square, *row; /* of the word */
    uint32_t buckets[BUCKETS];
    int count;
} sum;

static void add_all(sum *of) {
    for (int at = 0; at < of->count; at++) {
        const float *weights = of->subwords->weights + of->buckets[at] * of->labels;
        *of->square += of->subwords->squares[of->buckets[at]];
        for (int64_t label = 0; label < of->labels; label++)
            of->row[label] += weights[label];
    }
    of->count = 0;
}

/* The row of each subword that ends with the last of `count` characters. */
static void add_ending(const uint32_t *last, int count, int shift, sum *to) {
    for (int size = SHORTEST; size <= LONGEST && size <= count; size++) {
        uint32_t hash = 0;
        for (int at = 1 - size; at <= 0; at++)
            hash = (hash + 1) * BASE + last[at];
        uint32_t bucket = hash * SPREAD >> shift;
        __builtin_prefetch(to->subwords->squares + bucket);
        __builtin_prefetch(to->subwords->weights + bucket * to->labels);
        if (to->count == BUCKETS)
            add_all(to);
        to->buckets[to->count++] = bucket;
    }
}

/* words: one behind the other, ends (last) where each ends; those from `first` on get their rows (last, ...) in `to`.
 * subwords: rows of 2^bits buckets.
 */
EXPORT void kernel_subword_rows(const uint8_t *words, const int64_t *ends, int64_t first, int64_t last, const rows *subwords, int32_t bits,
                                int64_t labels, float *squares, float *weights) {
    for (int64_t word = first; word < last; word++) {
        const uint8_t *at = words + (word ? ends[word - 1] : 0), *end = words + ends[word];
        uint32_t window[LONGEST] = {[LONGEST - 1] = '<'}; /* the last characters, behind which the next one comes */
        sum of = {.subwords = subwords, .labels = labels, .square = squares + word, .row = weights + word * labels};
        *of.square = 0;
        memset(of.row, 0, (size_t)labels * sizeof(float));
        for (int count = 2, is_marked = 0; !is_marked; count++) {
            is_marked = at >= end;
            memmove(window, window + 1, (LONGEST - 1) * sizeof *window);
            window[LONGEST - 1] = is_marked ? '>' : character(&at);
            add_ending(window + LONGEST - 1, count, 32 - bits, &of);
        }
        add_all(&of);
    }
}
