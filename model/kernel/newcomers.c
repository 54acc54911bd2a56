/* Words outside the vocabulary, numbered in the order of their arrival; as in model/text/newcomers.py. */
#include <stdlib.h>

#include "kernel.h"

enum { FIRST_SLOTS = 1 << 12 };

void newcomers_clear(newcomers *all) {
    free(all->bytes);
    free(all->ends);
    free(all->slots);
    *all = (newcomers){0};
}

static int grow(newcomers *all, int64_t bytes) {
    if (all->count == all->room) {
        int64_t room = all->room ? 2 * all->room : FIRST_SLOTS / 2;
        int64_t *ends = realloc(all->ends, (size_t)room * sizeof *ends);
        if (!ends)
            return 0;
        all->ends = ends;
        uint32_t *slots = calloc(2 * (size_t)room, sizeof *slots);
        if (!slots)
            return 0;
        uint64_t mask = 2 * (uint64_t)room - 1;
        for (int64_t word = 0; word < all->count; word++) {
            int64_t start = word ? all->ends[word - 1] : 0;
            uint64_t slot = hash_bytes(all->bytes + start, all->ends[word] - start) & mask;
            while (slots[slot])
                slot = (slot + 1) & mask;
            slots[slot] = (uint32_t)word + 1;
        }
        free(all->slots);
        all->slots = slots;
        all->mask = mask;
        all->room = room;
    }
    int64_t used = all->count ? all->ends[all->count - 1] : 0;
    if (used + bytes > all->bytes_room) {
        int64_t room = 2 * (used + bytes) + FIRST_SLOTS;
        uint8_t *moved = realloc(all->bytes, (size_t)room);
        if (!moved)
            return 0;
        all->bytes = moved;
        all->bytes_room = room;
    }
    return 1;
}

int64_t newcomers_number(newcomers *all, const uint8_t *word, int64_t size) {
    uint64_t hash = hash_bytes(word, size);
    for (int is_grown = 0;; is_grown = 1) {
        uint64_t slot = hash & all->mask;
        for (; all->slots && all->slots[slot]; slot = (slot + 1) & all->mask) {
            int64_t known = all->slots[slot] - 1, start = known ? all->ends[known - 1] : 0;
            if (all->ends[known] - start == size && !memcmp(all->bytes + start, word, (size_t)size))
                return known;
        }
        if (is_grown) {
            int64_t start = all->count ? all->ends[all->count - 1] : 0;
            memcpy(all->bytes + start, word, (size_t)size);
            all->ends[all->count] = start + size;
            all->slots[slot] = (uint32_t)++all->count;
            return all->count - 1;
        }
        if (!grow(all, size))
            return -1;
    }
}
