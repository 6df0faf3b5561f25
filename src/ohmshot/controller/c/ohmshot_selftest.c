/*
 * Self-test: the five updates and the features of the ohmshot controller against one recorded task. No chip is needed:
 * the driver below answers with what a simulated chip answered, and keeps a checksum of the pulses.
 */
#include "ohmshot_selftest.h"

#include <stddef.h>

#include "ohmshot_controller.h"
#include "ohmshot_vectors.h"

/* Where the playback stands. */
typedef struct {
    uint32_t codes;
    uint32_t reads;
    uint32_t pulses;
    uint32_t checksum;
    bool writes;
} playback;

static ohm_state state;
#if OHM_HAS_FIXED_LAYERS
static uint8_t scratch[OHM_SCRATCH_BYTES];
#endif

/* One step of FNV-1a, 32 bits. */
static uint32_t mixed(uint32_t checksum, uint32_t number)
{
    return (checksum ^ number) * 16777619U;
}

static void play_multiply(void *context, const ohm_block *block, uint32_t count, const int16_t drive[], uint32_t stride,
                          int16_t codes[])
{
    playback *played = (playback *)context;
    uint32_t k;

    (void)drive;
    (void)stride;
    for (k = 0U; k < (count * 2U * block->outputs); k++) {
        codes[k] = (played->codes < OHM_TEST_CODES) ? ohm_test_codes[played->codes] : 0;
        played->codes += 1U;
    }
}

static bool play_may_pulse(void *context, uint32_t pulses)
{
    const playback *played = (const playback *)context;

    (void)pulses;
    return played->writes;
}

static void play_pulse(void *context, uint16_t cell, uint16_t source, uint16_t gate)
{
    playback *played = (playback *)context;

    played->pulses += 1U;
    played->checksum = mixed(mixed(mixed(played->checksum, cell), source), gate);
}

static uint16_t play_read(void *context, uint16_t cell)
{
    playback *played = (playback *)context;
    const uint16_t code = (played->reads < OHM_TEST_READS) ? ohm_test_reads[played->reads] : 0U;

    (void)cell;
    played->reads += 1U;
    return code;
}

static uint32_t checksum_of_weights(void)
{
    uint32_t checksum = 2166136261U;
    uint32_t k;

    for (k = 0U; k < OHM_WEIGHTS; k++) {
        checksum = mixed(checksum, (uint32_t)state.weights[k]);
    }
    return checksum;
}

/* Learn the recorded task; with writes, or with the arithmetic alone. Adds what both parts took. */
static ohm_report learn(playback *played, uint32_t (*clock)(void), uint32_t *begin, uint32_t *updates)
{
    const ohm_driver driver = {played, play_multiply, play_may_pulse, play_pulse, play_read};
    ohm_report all = {0U, 0U, false};
    uint32_t started = clock();
    uint32_t update;

    ohm_start(&state);
    ohm_begin(&state, &driver, ohm_test_features, ohm_test_labels);
    *begin = clock() - started;
    started = clock();
    for (update = 0U; update < OHM_UPDATES; update++) {
        const ohm_report report = ohm_update(&state, &driver, update);

        all.changed += report.changed;
        all.missed += report.missed;
    }
    *updates = clock() - started;
    return all;
}

uint32_t ohm_self_test(uint32_t (*clock)(void), uint32_t counts[OHM_STAGES])
{
    playback alone = {0U, 0U, 0U, 2166136261U, false};
    playback played = {0U, 0U, 0U, 2166136261U, true};
    const ohm_driver driver = {&played, play_multiply, play_may_pulse, play_pulse, play_read};
    uint32_t wrong = 0U;
    int32_t sums[OHM_WAYS];
    ohm_report report;
    uint32_t started;

    counts[OHM_FEATURES_OF_ONE] = 0U;
#if OHM_HAS_FIXED_LAYERS
    {
        uint32_t n;

        for (n = 0U; n < OHM_TEST_DRAWINGS; n++) {
            int16_t features[OHM_FEATURES];
            uint32_t f;

            started = clock();
            ohm_features(ohm_test_drawings[n], scratch, features);
            counts[OHM_FEATURES_OF_ONE] = clock() - started;
            for (f = 0U; f < OHM_FEATURES; f++) {
                if (features[f] != ohm_test_drawn[n][f]) {
                    wrong |= OHM_TEST_FEATURES_DIFFER;
                }
            }
        }
    }
#endif
    (void)learn(&alone, clock, &counts[OHM_BEGIN], &counts[OHM_ARITHMETIC_ALONE]);
    if (checksum_of_weights() != OHM_TEST_WEIGHTS_CHECKSUM) {
        wrong |= OHM_TEST_WEIGHTS_DIFFER;
    }
    report = learn(&played, clock, &counts[OHM_BEGIN], &counts[OHM_FIVE_UPDATES]);
    if (checksum_of_weights() != OHM_TEST_WEIGHTS_CHECKSUM) {
        wrong |= OHM_TEST_WEIGHTS_DIFFER;
    }
    if ((played.pulses != OHM_TEST_PULSES) || (played.checksum != OHM_TEST_PULSES_CHECKSUM)) {
        wrong |= OHM_TEST_PULSES_DIFFER;
    }
    started = clock();
    if (ohm_classify(&state, &driver, ohm_test_features[0], sums) != OHM_TEST_ANSWER) {
        wrong |= OHM_TEST_ANSWER_DIFFERS;
    }
    counts[OHM_CLASSIFY] = clock() - started;
    if ((report.changed != OHM_TEST_CHANGED) || (report.missed != OHM_TEST_MISSED) || (played.reads != OHM_TEST_READS) ||
        (played.codes != OHM_TEST_CODES)) {
        wrong |= OHM_TEST_COUNTS_DIFFER;
    }
    return wrong;
}
