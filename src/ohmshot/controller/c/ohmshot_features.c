/*
 * The fixed convolutions of a bundle in 8 bits, for the ohmshot controller: sums of 32 bits, one multiplier and shift for
 * each output channel. Activations are bytes, rows of pixels with their channels together. Equal bit for bit to
 * ohmshot.controller.fixed_layers (Python).
 */
#define OHM_WITH_FIXED_LAYERS
#include "ohmshot_controller.h"

#if OHM_HAS_FIXED_LAYERS

static int32_t between(int64_t value, int32_t least, int32_t most)
{
    int32_t result;

    if (value < least) {
        result = least;
    } else if (value > most) {
        result = most;
    } else {
        result = (int32_t)value;
    }
    return result;
}

/* Sum of one output: rows of the kernel inside the picture, channels together. */
static int32_t sum_of(const ohm_layer *layer, const uint8_t input[], const int8_t weights[], int32_t bias, int32_t top,
                      int32_t left)
{
    const int32_t first = (left < 0) ? -left : 0;
    const int32_t beyond = left + (int32_t)layer->kernel_width - (int32_t)layer->width;
    const uint32_t channels = layer->inputs;
    const int32_t cut = first + ((beyond > 0) ? beyond : 0);
    const uint32_t pixels = layer->kernel_width - (uint32_t)cut;
    const uint32_t across = pixels * channels;
    const uint32_t begin = (left < 0) ? 0U : (uint32_t)left;
    int32_t sum = bias;
    uint32_t y;

    for (y = 0U; y < layer->kernel_height; y++) {
        const int32_t row = top + (int32_t)y;

        if ((row >= 0) && (row < (int32_t)layer->height)) {
            const uint32_t pixel = ((uint32_t)row * layer->width) + begin;
            const uint8_t *values = &input[pixel * channels];
            const int8_t *factors = &weights[((y * layer->kernel_width) + (uint32_t)first) * channels];
            uint32_t k;

            for (k = 0U; k < across; k++) {
                sum += (int32_t)values[k] * factors[k];
            }
        }
    }
    return sum;
}

/* Bring a sum to its output; what skips layers is added before the rectifier. */
static int64_t scaled(const ohm_layer *layer, int32_t sum, uint32_t channel, const uint8_t skipped[], uint32_t place)
{
    const int64_t product = (int64_t)sum * ohm_multipliers[layer->first_channel + channel];
    const int32_t shift = ohm_shifts[layer->first_channel + channel];
    int64_t result;

    if (layer->skip_multiplier == 0) {
        result = ohm_rounded_shift(product, shift);
    } else {
        const int64_t other = (int64_t)skipped[place] * layer->skip_multiplier;

        result = ohm_rounded_shift(product, shift - OHM_SKIP_FRACTION) +
                 ohm_rounded_shift(other, layer->skip_shift - OHM_SKIP_FRACTION);
        result = ohm_rounded_shift(result, OHM_SKIP_FRACTION);
    }
    return result;
}

/* One convolution; the last one, without a rectifier, gives numbers of 15 bits. */
static void convolve(const ohm_layer *layer, uint8_t scratch[OHM_SCRATCH_BYTES], int16_t last[OHM_FEATURES])
{
    const uint32_t size = layer->inputs * layer->kernel_height * layer->kernel_width;
    const uint8_t *input = &scratch[layer->input_at];
    uint32_t y;

    for (y = 0U; y < layer->out_height; y++) {
        uint32_t x;

        for (x = 0U; x < layer->out_width; x++) {
            const uint32_t down = y * layer->stride_height;
            const uint32_t across = x * layer->stride_width;
            const int32_t top = (int32_t)down - (int32_t)layer->padding_height;
            const int32_t left = (int32_t)across - (int32_t)layer->padding_width;
            const uint32_t pixel = (y * layer->out_width) + x;
            uint32_t channel;

            for (channel = 0U; channel < layer->outputs; channel++) {
                const uint32_t place = (pixel * layer->outputs) + channel;
                const int8_t *weights = &ohm_layer_weights[layer->first_weight + (channel * size)];
                const int32_t sum =
                    sum_of(layer, input, weights, ohm_biases[layer->first_channel + channel], top, left);
                const int64_t value = scaled(layer, sum, channel, &scratch[layer->skip_at], place);

                if (layer->is_last != 0U) {
                    last[(channel * layer->out_height * layer->out_width) + pixel] =
                        (int16_t)between(value, -OHM_LAST_FULL, OHM_LAST_FULL);
                } else {
                    scratch[layer->output_at + place] = (uint8_t)between(value, 0, OHM_ACTIVATION_FULL);
                }
            }
        }
    }
}

#if OHM_UNIT_LENGTH
/* Divide by the length of the vector, halves away from 0, and bring to feature codes. */
static void to_codes(int16_t features[OHM_FEATURES])
{
    uint64_t square = 0U;
    uint64_t divisor;
    uint32_t length;
    uint32_t f;

    for (f = 0U; f < OHM_FEATURES; f++) {
        const int64_t product = (int64_t)features[f] * features[f];

        square += (uint64_t)product;
    }
    length = ohm_square_root(square, OHM_LENGTH_ROOT_BITS);
    divisor = (uint64_t)((length > 0U) ? length : 1U) << OHM_UNIT_SHIFT;
    for (f = 0U; f < OHM_FEATURES; f++) {
        const bool negative = features[f] < 0;
        const int32_t value = negative ? -(int32_t)features[f] : (int32_t)features[f];
        const uint64_t whole = (((uint64_t)value * OHM_UNIT_MULTIPLIER) + (divisor >> 1U)) / divisor;
        const int32_t code = (whole > (uint64_t)OHM_FEATURE_FULL) ? OHM_FEATURE_FULL : (int32_t)whole;

        features[f] = (int16_t)(negative ? -code : code);
    }
}
#else
static void to_codes(int16_t features[OHM_FEATURES])
{
    uint32_t f;

    for (f = 0U; f < OHM_FEATURES; f++) {
        const int64_t product = (int64_t)features[f] * OHM_UNIT_MULTIPLIER;

        features[f] =
            (int16_t)between(ohm_rounded_shift(product, OHM_UNIT_SHIFT), -OHM_FEATURE_FULL, OHM_FEATURE_FULL);
    }
}
#endif

void ohm_features(const uint8_t drawing[OHM_PIXELS], uint8_t scratch[OHM_SCRATCH_BYTES],
                  int16_t features[OHM_FEATURES])
{
    uint32_t k;

    for (k = 0U; k < OHM_PIXELS; k++) {
        scratch[ohm_layers[0].input_at + k] = drawing[k];
    }
    for (k = 0U; k < OHM_FIXED_LAYERS; k++) {
        convolve(&ohm_layers[k], scratch, features);
    }
    to_codes(features);
}

#endif
