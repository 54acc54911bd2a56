/* spaCy's algorithm for a piece of ASCII, as in Splitter.tokens of model/text/splitting.py, whose comments hold here too.
 *
 * An exception that the affixes took apart may have to be put together again. That is rare, so it is only
 * noticed here and left to Python: phrase_tokens says into how many tokens the rules take an exception apart,
 * 0 when putting it together would change nothing.
 */
#include "kernel.h"

enum { STEPS_PER_CHARACTER = 256 }; /* of the matcher; punctuation takes up to 170, a word far fewer */

typedef struct {
    uint8_t sizes[MAX_PIECE];
    int count;
} tokens;

static int is_exception(const rules *by, const uint8_t *text, int size) {
    return size > 0 && keys_find(&by->exceptions, text, size) >= 0;
}

static int is_plain(const rules *by, const uint8_t *text, int size) { /* one word by its letters alone, unless it is an exception */
    for (int at = 0; at < size; at++)
        if ((uint8_t)((text[at] | 32) - 'a') >= 26)
            return 0;
    return by->leaves_letters_whole;
}

static int is_possible(const program *run, const uint8_t *text, int size) {
    return run->code && program_is_possible(run, text, size);
}

static int is_whole(const program *run, const uint8_t *text, int size, int *steps) { /* 1, 0 or GAVE_UP */
    int end = run->code ? program_match(run, text, size, steps) : NO_MATCH;
    return end == GAVE_UP ? GAVE_UP : end != NO_MATCH;
}

static int affix(const program *run, const uint8_t *text, int size, int *steps) { /* its length, 0 or GAVE_UP */
    int start = 0, end = program_search(run, text, size, program_tail(run, text, size), -1, &start, steps);
    return end == GAVE_UP ? GAVE_UP : end == NO_MATCH ? 0 : end - start;
}

static void add(tokens *to, int size) {
    if (size)
        to->sizes[to->count++] = (uint8_t)size;
}

static int add_inner(const rules *by, const uint8_t *text, int size, tokens *to, int *steps) {
    int64_t exception = size ? keys_find(&by->exceptions, text, size) : -1;
    if (exception >= 0) {
        for (int64_t word = by->first_word[exception]; word < by->first_word[exception + 1]; word++)
            add(to, by->word_sizes[word]);
        return 1;
    }
    int is_word = is_plain(by, text, size);
    if (!is_word)
        is_word = is_whole(&by->token_match, text, size, steps);
    if (!is_word)
        is_word = is_whole(&by->url_match, text, size, steps);
    if (is_word == GAVE_UP)
        return GAVE_UP;
    int done = 0, start, end, from = 0, beyond = -1;
    is_word = is_word || !is_possible(&by->infix, text, size);
    while (!is_word && (end = program_search(&by->infix, text, size, from, beyond, &start, steps)) != NO_MATCH) {
        if (end == GAVE_UP)
            return GAVE_UP;
        from = end;
        beyond = end == start ? end : -1; /* where one was empty, the next one is not */
        if (!start)
            continue;
        add(to, start - done);
        add(to, end - start);
        done = end;
    }
    add(to, size - done);
    return 1;
}

static int has_phrase(const rules *by, const uint8_t *piece, const tokens *of) {
    for (int first = 0, start = 0; first < of->count; start += of->sizes[first++])
        for (int last = first, size = 0; last < of->count; last++) {
            size += of->sizes[last];
            if (size > by->exceptions.longest)
                break;
            int64_t exception = keys_find(&by->exceptions, piece + start, size);
            if (exception >= 0 && by->phrase_tokens[exception] == last - first + 1)
                return 1;
        }
    return 0;
}

int split_piece(const rules *by, const uint8_t *piece, int size, uint8_t *sizes) {
    tokens found = {.count = 0}, suffixes = {.count = 0};
    const uint8_t *rest = piece;
    int length = size, previous = -1, steps = STEPS_PER_CHARACTER * size;
    int has_prefixes = is_possible(&by->prefix, piece, size), has_suffixes = is_possible(&by->suffix, piece, size);
    while (length && length != previous) {
        if (is_exception(by, rest, length) || is_plain(by, rest, length))
            break;
        int is_word = is_whole(&by->token_match, rest, length, &steps);
        if (is_word == GAVE_UP)
            return GAVE_UP;
        if (is_word)
            break;
        previous = length;
        int first = has_prefixes ? affix(&by->prefix, rest, length, &steps) : 0;
        if (first == GAVE_UP)
            return GAVE_UP;
        if (first && is_exception(by, rest + first, length - first)) {
            add(&found, first);
            rest += first;
            length -= first;
            break;
        }
        int last = has_suffixes ? affix(&by->suffix, rest + first, length - first, &steps) : 0;
        if (last == GAVE_UP)
            return GAVE_UP;
        if (last && is_exception(by, rest, length - last)) {
            add(&suffixes, last);
            length -= last;
            break;
        }
        add(&found, first);
        add(&suffixes, last);
        rest += first;
        length -= first + last;
    }
    if (length && add_inner(by, rest, length, &found, &steps) == GAVE_UP)
        return GAVE_UP;
    while (suffixes.count)
        add(&found, suffixes.sizes[--suffixes.count]);
    if (has_phrase(by, piece, &found))
        return GAVE_UP;
    memcpy(sizes, found.sizes, (size_t)found.count);
    return found.count;
}
