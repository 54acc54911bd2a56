/* The LSTM's forward pass, as in model/forward.py, one direction at a call.
 *
 * Texts are computed in tiles, longest first, so that what is read of the recurrent weights serves all texts of a
 * tile. Within a tile the units are taken LANES at a time: the four gates of LANES units of GROUP texts are
 * summed in registers, and the cells and states follow from them at once. A text's numbers come from the same
 * instructions in the same order whatever stands beside it, so they are the same bit for bit.
 *
 * Padded units beyond H have weights of zero and stay zero.
 */
#include <stdlib.h>

#include "kernel.h"

#if defined(__AVX512F__)
enum { LANES = 16, GROUP = 4 };
#elif defined(__AVX2__)
enum { LANES = 8, GROUP = 3 };
#else
enum { LANES = 4, GROUP = 2 };
#endif
enum { TILE = 12, GATES = 4 }; /* TILE: a multiple of every GROUP */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t masks __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

/* Of one direction. B = ceil(H / LANES) blocks of units. */
typedef struct {
    const float *table; /* (V, B, GATES, LANES): embedding times input weights plus bias */
    const float *hidden; /* (B, H, GATES, LANES): recurrent weights; as in the table, halved where a sigmoid follows */
    int32_t words, units, blocks, is_backward;
} direction;

/* The texts, and which words of each are read. */
typedef struct {
    const int32_t *ids;
    const int64_t *starts; /* (N) */
    const int32_t *lengths; /* (N) */
    int64_t most; /* words that are read of a text: the first quarter and the last three */
} texts;

EXPORT int32_t kernel_lanes(void) {
    return LANES;
}

static inline lanes choose(masks where, lanes yes, lanes no) {
    return (lanes)((where & (masks)yes) | (~where & (masks)no));
}

/* exp(2 x) with a relative error below 3e-7, x held between -10 and 10, where the sigmoid and tanh are 0 or 1 to within
 * 5e-9. It is two to the power of a whole number, which goes into the exponent's bits, times two to the power of a
 * fraction between -0.5 and 0.5, by a minimax polynomial.
 */
static inline lanes exp_of_twice(lanes x) {
    const lanes limit = (lanes){0} + 10.0f;
    const float two_log2_e = 2.885390081777927f, magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    x = choose(x > limit, limit, choose(x < -limit, -limit, x));
    lanes rounded = x * two_log2_e + magic, f = x * two_log2_e - (rounded - magic);
    lanes power = ((((f * 1.3276471e-3f + 9.6755419e-3f) * f + 5.5507131e-2f) * f + 2.4022120e-1f) * f + 6.9314694e-1f) * f + 1.0000001f;
    return (lanes)((masks)power + ((masks)rounded << 23)); /* the whole number stands in the low bits */
}

/* Memory of a tile: (TILE, B * LANES) each. */
typedef struct {
    float *state, *next, *cell, *highest, *total;
} tile;

/* LANES units of GROUP texts; inputs: the table's entry of each text's word. */
static inline void step_group(const direction *by, int block, const float *const *inputs, tile *of, int text) {
    const int width = by->blocks * LANES;
    const float *weights = by->hidden + (int64_t)block * by->units * GATES * LANES;
    lanes sums[GROUP][GATES];
    for (int row = 0; row < GROUP; row++)
        for (int gate = 0; gate < GATES; gate++)
            sums[row][gate] = *(const lanes *)(inputs[row] + (block * GATES + gate) * LANES);
    const float *states = of->state + text * width;
    for (int unit = 0; unit < by->units; unit++, weights += GATES * LANES)
        for (int row = 0; row < GROUP; row++)
            for (int gate = 0; gate < GATES; gate++)
                sums[row][gate] += *(const lanes *)(weights + gate * LANES) * states[row * width + unit];
    for (int row = 0; row < GROUP; row++) {
        int64_t at = (int64_t)(text + row) * width + block * LANES;
        lanes *cell = (lanes *)(of->cell + at);
        /* sigmoid(2 x) = 1 / (1 + exp(-2 x)), tanh(x) = (exp(2 x) - 1) / (exp(2 x) + 1); products share a division. */
        lanes input = 1.0f + exp_of_twice(-sums[row][0]), forget = 1.0f + exp_of_twice(-sums[row][1]);
        lanes candidate = exp_of_twice(sums[row][2]), output = 1.0f + exp_of_twice(-sums[row][3]);
        *cell = *cell / forget + (candidate - 1.0f) / (input * (candidate + 1.0f));
        lanes content = exp_of_twice(*cell);
        *(lanes *)(of->next + at) = (content - 1.0f) / (output * (content + 1.0f));
    }
}

static inline void pool(const direction *by, tile *of, int text, int is_first) {
    const int width = by->blocks * LANES;
    for (int at = text * width; at < (text + 1) * width; at += LANES) {
        lanes state = *(lanes *)(of->next + at), *highest = (lanes *)(of->highest + at), *total = (lanes *)(of->total + at);
        if (is_first) {
            *highest = *total = state;
        } else {
            *highest = choose(state > *highest, state, *highest);
            *total += state;
        }
    }
}

static inline int64_t read_of(const texts *from, int64_t text) {
    return from->lengths[text] < from->most ? from->lengths[text] : from->most;
}

/* The table's entry of the word that is read at a step. */
static inline const float *input_of(const direction *by, const texts *from, int64_t text, int64_t step) {
    int64_t length = from->lengths[text], read = read_of(from, text);
    int64_t at = by->is_backward ? read - 1 - step : step;
    at += at < from->most / 4 ? 0 : length - read;
    uint32_t id = (uint32_t)from->ids[from->starts[text] + at];
    return by->table + (int64_t)(id < (uint32_t)by->words ? id : UNKNOWN) * by->blocks * GATES * LANES;
}

/* order (rows): texts, longest first, at most TILE of them. */
static void run_tile(const direction *by, const texts *from, const int64_t *order, int rows, tile *of) {
    const int width = by->blocks * LANES, entry = width * GATES;
    const float *inputs[TILE];
    memset(of->state, 0, TILE * (size_t)width * sizeof(float));
    memset(of->cell, 0, TILE * (size_t)width * sizeof(float));
    for (int row = 0; row < TILE; row++)
        inputs[row] = by->table; /* of rows that are not there or have ended */
    int active = rows;
    for (int64_t step = 0; active; step++) {
        while (active && read_of(from, order[active - 1]) <= step)
            active--;
        for (int row = 0; row < active; row++) {
            inputs[row] = input_of(by, from, order[row], step);
            if (step + 1 < read_of(from, order[row])) {
                const float *next = input_of(by, from, order[row], step + 1);
                for (int at = 0; at < entry; at += 16)
                    __builtin_prefetch(next + at);
            }
        }
        for (int block = 0; block < by->blocks; block++)
            for (int text = 0; text < active; text += GROUP)
                step_group(by, block, inputs + text, of, text);
        for (int text = 0; text < active; text++)
            pool(by, of, text, step == 0);
        float *swapped = of->state;
        of->state = of->next;
        of->next = swapped;
    }
}

/* order (N): texts, longest first. highest, mean: where the first text's H numbers go, `stride` floats before the
 * next text's. Returns 0 when there is no memory.
 */
EXPORT int kernel_deep(const direction *by, const texts *from, const int64_t *order, int64_t count, float *highest, float *mean,
                       int64_t stride) {
    const size_t width = (size_t)by->blocks * LANES, size = TILE * width;
    float *memory = calloc(5 * size, sizeof(float));
    if (!memory)
        return 0;
    tile of = {memory, memory + size, memory + 2 * size, memory + 3 * size, memory + 4 * size};
    for (int64_t first = 0; first < count; first += TILE) {
        int rows = count - first < TILE ? (int)(count - first) : TILE;
        run_tile(by, from, order + first, rows, &of);
        for (int row = 0; row < rows; row++) {
            int64_t text = order[first + row];
            float length = (float)read_of(from, text);
            memcpy(highest + text * stride, of.highest + row * width, (size_t)by->units * sizeof(float));
            for (int unit = 0; unit < by->units; unit++)
                mean[text * stride + unit] = of.total[row * width + unit] / length;
        }
    }
    free(memory);
    return 1;
}
