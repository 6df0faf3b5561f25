/*
 * The arithmetic of the ohmshot controller in C99: integers of fixed width, no memory of its own, no division but by the
 * softmax's total and by the standard's root, which are never 0. Sizes and constants are in the header, which was written
 * for one bundle, one kind of chip and one number of examples. Equal bit for bit to ohmshot.controller (Python).
 */
#define OHM_WITH_TABLES
#include "ohmshot_controller.h"

/* Shift right with halves upward, left where places is below 0; right shifts of negative numbers are not portable. */
int64_t ohm_rounded_shift(int64_t value, int32_t places)
{
    int64_t result;

    if (places <= 0) {
        const uint64_t factor = (uint64_t)1U << (uint32_t)(-places);

        result = value * (int64_t)factor;
    } else {
        const uint64_t step = (uint64_t)1U << (uint32_t)places;
        const uint64_t half = step >> 1U;
        const int64_t raised = value + (int64_t)half;
        uint64_t size;

        if (raised >= 0) {
            size = (uint64_t)raised >> (uint32_t)places;
            result = (int64_t)size;
        } else {
            size = ((uint64_t)(-raised) + (step - 1U)) >> (uint32_t)places;
            result = -(int64_t)size;
        }
    }
    return result;
}

static int64_t held(int64_t value, int64_t most)
{
    int64_t result = value;

    if (value > most) {
        result = most;
    } else if (value < -most) {
        result = -most;
    } else {
        /* within */
    }
    return result;
}

#if OHM_STANDARDISES || OHM_HAS_FIXED_LAYERS
/* Whole part of the root of a number below 4 to the power of bits, bit by bit. */
uint32_t ohm_square_root(uint64_t value, uint32_t bits)
{
    uint64_t root = 0U;
    uint64_t rest = value;
    uint32_t place = bits;

    while (place > 0U) {
        uint64_t bit;
        uint64_t step;

        place -= 1U;
        bit = (uint64_t)1U << place;
        step = (root + root + bit) << place;
        if (rest >= step) {
            rest -= step;
            root += bit;
        }
    }
    return (uint32_t)root;
}
#endif

#if OHM_STANDARDISES
void ohm_measure(const int16_t features[OHM_EXAMPLES][OHM_FEATURES], const uint8_t labels[OHM_EXAMPLES],
                 ohm_standard *standard)
{
    uint64_t square = 0U;
    uint64_t placed;
    uint64_t left;
    uint32_t constant;
    uint32_t pairs = 0U;
    int32_t shift;
    uint32_t n;
    uint32_t f;

    for (f = 0U; f < OHM_FEATURES; f++) {
        int64_t sum = 0;

        for (n = 0U; n < OHM_EXAMPLES; n++) {
            sum += (int64_t)features[n][f] * ohm_class_weights[labels[n]];
        }
        standard->origin[f] = (int32_t)ohm_rounded_shift(sum, OHM_CLASS_SHIFT - OHM_ORIGIN_BITS);
    }
    for (n = 0U; n < OHM_EXAMPLES; n++) {
        int64_t length = 0;

        for (f = 0U; f < OHM_FEATURES; f++) {
            const int64_t centred = ((int64_t)features[n][f] * OHM_ORIGIN_ONE) - standard->origin[f];

            length += centred * centred;
        }
        square += (uint64_t)ohm_rounded_shift(length * ohm_class_weights[labels[n]],
                                          OHM_CLASS_SHIFT - OHM_MEAN_SQUARE_BITS);
    }
    if (square == 0U) {
        square = 1U;
    }
    for (left = square >> 2U; left != 0U; left >>= 2U) {
        pairs += 1U;
    }
    /* Shifted by pairs of bits until its root has its highest bit set. */
    if (pairs < OHM_ROOT_BITS) {
        const uint32_t up = 2U * ((OHM_ROOT_BITS - 1U) - pairs);

        placed = square << up;
    } else {
        const uint32_t down = 2U * (pairs - (OHM_ROOT_BITS - 1U));

        placed = square >> down;
    }
    constant = (uint32_t)OHM_GAIN << (OHM_GAIN_BITS - 1U);
    constant /= ohm_square_root(placed, OHM_ROOT_BITS);
    standard->gain = (int32_t)constant;
    shift = ((int32_t)OHM_GAIN_BITS + OHM_GAIN_SHIFT + (int32_t)pairs) - (int32_t)OHM_ROOT_BITS;
    standard->shift = (shift > 0) ? shift : 0;
}

void ohm_drive(const ohm_standard *standard, const int16_t features[OHM_FEATURES], int16_t drive[OHM_FEATURES])
{
    uint32_t f;

    for (f = 0U; f < OHM_FEATURES; f++) {
        const int64_t centred = ((int64_t)features[f] * OHM_ORIGIN_ONE) - standard->origin[f];

        drive[f] = (int16_t)held(ohm_rounded_shift(centred * standard->gain, standard->shift), OHM_DRIVE_FULL);
    }
}
#endif

#if OHM_LAYERS == 2
void ohm_hidden(const int32_t sums[OHM_HIDDEN], int16_t hidden[OHM_HIDDEN])
{
    uint32_t i;

    for (i = 0U; i < OHM_HIDDEN; i++) {
        const int64_t code = ohm_rounded_shift((int64_t)sums[i] * OHM_HIDDEN_SCALE, OHM_HIDDEN_SHIFT);

        hidden[i] = (int16_t)((code < 0) ? 0 : held(code, OHM_DRIVE_FULL));
    }
}
#endif

void ohm_differences(const int32_t sums[OHM_WAYS], uint8_t label, int32_t differences[OHM_WAYS])
{
    int32_t top = sums[0];
    uint32_t exponentials[OHM_WAYS];
    uint32_t total = 0U;
    uint32_t j;

    for (j = 1U; j < OHM_WAYS; j++) {
        if (sums[j] > top) {
            top = sums[j];
        }
    }
    for (j = 0U; j < OHM_WAYS; j++) {
        const int64_t scaled = ((int64_t)top - sums[j]) * OHM_LOGIT_SCALE;
        const uint64_t z = (uint64_t)ohm_rounded_shift(scaled, OHM_LOGIT_SHIFT);
        const uint64_t whole = z >> OHM_EXPONENT_BITS;
        const uint32_t fraction = (uint32_t)z & (((uint32_t)1 << OHM_EXPONENT_BITS) - 1U);
        const uint32_t entry = ohm_table[fraction >> (OHM_EXPONENT_BITS - OHM_TABLE_BITS)];
        const uint32_t most = OHM_ENTRY_BITS + OHM_GUARD_BITS;
        const uint32_t places = (whole < most) ? (uint32_t)whole : most;

        exponentials[j] = (entry << OHM_GUARD_BITS) >> places;
        total += exponentials[j];
    }
    for (j = 0U; j < OHM_WAYS; j++) {
        const uint64_t share =
            (((uint64_t)exponentials[j] << OHM_PROBABILITY_BITS) + ((uint64_t)total >> 1U)) / total;

        differences[j] = (int32_t)share;
    }
    differences[label] -= OHM_PROBABILITY_ONE;
}

void ohm_errors(uint32_t layer, uint32_t update, uint8_t label, uint32_t count, const int32_t differences[],
                int32_t errors[])
{
    uint32_t j;

    for (j = 0U; j < count; j++) {
        const int64_t product = (int64_t)differences[j] * ohm_rates[layer][update][label];

        errors[j] = (int32_t)held(ohm_rounded_shift(product, ohm_rate_shift[layer]), OHM_ERROR_FULL);
    }
}

#if OHM_LAYERS == 2
void ohm_carry(const int32_t differences[OHM_WAYS], const int8_t levels[], const int16_t hidden[OHM_HIDDEN],
               int32_t carried[OHM_HIDDEN])
{
    uint32_t i;

    for (i = 0U; i < OHM_HIDDEN; i++) {
        int32_t sum = 0;

        if (hidden[i] > 0) {
            uint32_t k;

            for (k = 0U; k < (OHM_COPIES_LAST * OHM_WAYS); k++) {
                const int8_t level = levels[(i * OHM_COPIES_LAST * OHM_WAYS) + k];
                const int32_t weight = (level < 0) ? -ohm_backward[-level] : ohm_backward[level];

                sum += differences[k % OHM_WAYS] * weight;
            }
        }
        carried[i] = sum;
    }
}
#endif

/* Gradient of one weight: inputs times errors, added up over the examples. */
static int64_t gradient_of(const int16_t inputs[], uint32_t rows, const int32_t errors[], uint32_t columns)
{
    ohm_gradient sum = 0;
    uint32_t n;

    for (n = 0U; n < OHM_EXAMPLES; n++) {
        sum += (ohm_gradient)inputs[n * rows] * (ohm_gradient)errors[n * columns];
    }
    return sum;
}

/* Level nearest to the share of one copy, of what is left for so many copies. */
static uint32_t nearest_level(uint32_t layer, int64_t size, uint32_t copies)
{
    uint32_t level = 0U;
    uint32_t k;

    for (k = 0U; k < (OHM_LEVELS - 1U); k++) {
        if (size >= ((int64_t)copies * ohm_thresholds[layer][k])) {
            level += 1U;
        }
    }
    return level;
}

/* Levels of the pairs that carry one weight, `step` apart; returns how many of them have moved. */
static uint32_t place_weight(uint32_t layer, int64_t weight, uint32_t step, int8_t levels[], int8_t before[])
{
    const uint32_t copies = ohm_copies[layer];
    int64_t left = weight;
    uint32_t moved = 0U;
    uint32_t copy;

    for (copy = 0U; copy < copies; copy++) {
        const uint32_t pair = copy * step;
        const bool negative = left < 0;
        const uint32_t level = nearest_level(layer, negative ? -left : left, copies - copy);
        const int8_t now = (int8_t)(negative ? -(int32_t)level : (int32_t)level);

        left = negative ? (left + ohm_values[layer][level]) : (left - ohm_values[layer][level]);
        before[pair] = levels[pair];
        levels[pair] = now;
        if (before[pair] != now) {
            moved += 1U;
        }
    }
    return moved;
}

uint32_t ohm_learn(uint32_t layer, const int16_t inputs[], const int32_t errors[], int32_t weights[], int8_t levels[],
                   int8_t before[])
{
    const uint32_t rows = ohm_inputs[layer];
    const uint32_t columns = ohm_outputs[layer];
    const uint32_t copies = ohm_copies[layer];
    uint32_t moved = 0U;
    uint32_t i;

    for (i = 0U; i < rows; i++) {
        uint32_t j;

        for (j = 0U; j < columns; j++) {
            const uint32_t weight = (i * columns) + j;
            const uint32_t pair = (i * copies * columns) + j;
            const int64_t gradient = gradient_of(&inputs[i], rows, &errors[j], columns);
            const int64_t step = ohm_rounded_shift(gradient, ohm_gradient_shift[layer]);

            weights[weight] = (int32_t)held((int64_t)weights[weight] - step, OHM_WEIGHT_FULL);
            moved += place_weight(layer, weights[weight], columns, &levels[pair], &before[pair]);
        }
    }
    return moved;
}
