/* Runs the programs of programs.py: a backtracking matcher that tries alternatives in the order in which Python's does. */
#include "kernel.h"

enum { MATCHED, ONE_OF, SPLIT, JUMP, AT_START, AT_END, LOOK, GUARD }; /* as in programs.py */
enum { START, LATER, NEEDED, RUNS }; /* the first sets, likewise */

typedef struct {
    const program *run;
    const uint8_t *text;
    int size, beyond; /* a match ends behind the place `beyond`, which may be -1 */
    int *steps;
} matching;

static inline int has(const program *run, int set, uint8_t character) {
    return run->sets[2 * set + (character >> 6)] >> (character & 63) & 1;
}

int program_is_possible(const program *run, const uint8_t *text, int size) {
    for (int at = 0; at < size; at++)
        if (has(run, NEEDED, text[at]))
            return 1;
    return 0;
}

static int match(matching *this, int pc, int at) {
    const int32_t *code = this->run->code;
    for (;;) {
        if (--*this->steps < 0)
            return GAVE_UP;
        switch (code[pc]) {
        case MATCHED:
            return at > this->beyond ? at : NO_MATCH;
        case ONE_OF: /* set */
            if (at >= this->size || !has(this->run, code[pc + 1], this->text[at]))
                return NO_MATCH;
            at++;
            pc += 2;
            break;
        case SPLIT: { /* the place to go on at when what follows here does not lead to a match */
            int end = match(this, pc + 2, at);
            if (end != NO_MATCH)
                return end;
            pc = code[pc + 1];
            break;
        }
        case JUMP:
            pc = code[pc + 1];
            break;
        case AT_START:
            if (at)
                return NO_MATCH;
            pc++;
            break;
        case AT_END:
            if (at != this->size)
                return NO_MATCH;
            pc++;
            break;
        case GUARD: /* set, the place to go on at when no character of it comes next */
            pc = at < this->size && has(this->run, code[pc + 1], this->text[at]) ? pc + 3 : code[pc + 2];
            break;
        default: { /* LOOK: is_negated, characters to step back, the place behind what is looked for */
            int from = at - code[pc + 2], beyond = this->beyond;
            this->beyond = -1;
            int end = from < 0 ? NO_MATCH : match(this, pc + 4, from);
            this->beyond = beyond;
            if (end == GAVE_UP)
                return GAVE_UP;
            if ((end == NO_MATCH) != code[pc + 1])
                return NO_MATCH;
            pc = code[pc + 3];
        }
        }
    }
}

int program_tail(const program *run, const uint8_t *text, int size) { /* as in model/text/affixes.py */
    int start = size, nearest = size > run->tail ? size - run->tail : 0;
    while (start > 0 && has(run, RUNS, text[start - 1]))
        start--;
    return start < nearest ? start : nearest;
}

int program_match(const program *run, const uint8_t *text, int size, int *steps) {
    return program_is_possible(run, text, size) ? match(&(matching){run, text, size, -1, steps}, 0, 0) : NO_MATCH;
}

int program_search(const program *run, const uint8_t *text, int size, int from, int beyond, int *start, int *steps) {
    matching this = {run, text, size, beyond, steps};
    const uint64_t *later = run->sets + 2 * LATER;
    int places = later[0] | later[1] ? size : size > 0;
    for (int at = from; at < places; at++) {
        if (!has(run, at ? LATER : START, text[at]))
            continue;
        int end = match(&this, 0, at);
        if (end != NO_MATCH) {
            *start = at;
            return end;
        }
    }
    return NO_MATCH;
}
