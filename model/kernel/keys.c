#include <stdlib.h>

#include "kernel.h"

/* Tells binding.py which sources a library was compiled from. */
EXPORT const char kernel_source[] = SOURCE_HASH;

int keys_init(keys *to, const uint8_t *bytes, const int64_t *ends, int64_t count) {
    uint64_t slots = 16;
    while (slots < 2 * (uint64_t)count)
        slots *= 2;
    *to = (keys){bytes, ends, calloc(slots, sizeof(uint32_t)), slots - 1, 0};
    if (!to->slots)
        return 0;
    for (int64_t key = 0; key < count; key++) {
        int64_t start = key ? ends[key - 1] : 0, size = ends[key] - start;
        uint64_t slot = hash_bytes(bytes + start, size) & to->mask;
        to->longest = size > to->longest ? size : to->longest;
        while (to->slots[slot])
            slot = (slot + 1) & to->mask;
        to->slots[slot] = (uint32_t)key + 1;
    }
    return 1;
}

int64_t keys_find(const keys *in, const uint8_t *text, int64_t size) {
    if (size > in->longest)
        return -1;
    for (uint64_t slot = hash_bytes(text, size) & in->mask; in->slots[slot]; slot = (slot + 1) & in->mask) {
        int64_t key = in->slots[slot] - 1, start = key ? in->ends[key - 1] : 0;
        if (in->ends[key] - start == size && !memcmp(in->bytes + start, text, (size_t)size))
            return key;
    }
    return -1;
}
