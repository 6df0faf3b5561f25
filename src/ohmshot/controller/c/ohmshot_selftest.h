/* Self-test of the ohmshot controller on a board: recorded answers of a chip are played back, results are checked. */
#ifndef OHMSHOT_SELFTEST_H
#define OHMSHOT_SELFTEST_H

#include <stdint.h>

/* What is counted, stage by stage, in the unit of the clock that is given. */
typedef enum { OHM_FEATURES_OF_ONE, OHM_BEGIN, OHM_FIVE_UPDATES, OHM_ARITHMETIC_ALONE, OHM_CLASSIFY, OHM_STAGES } ohm_stage;

/* What is wrong; 0 for nothing. */
#define OHM_TEST_FEATURES_DIFFER 1U
#define OHM_TEST_PULSES_DIFFER 2U
#define OHM_TEST_WEIGHTS_DIFFER 4U
#define OHM_TEST_COUNTS_DIFFER 8U
#define OHM_TEST_ANSWER_DIFFERS 16U

/* Run the test; clock gives a number that rises with time, counts takes what each stage took. */
uint32_t ohm_self_test(uint32_t (*clock)(void), uint32_t counts[OHM_STAGES]);

#endif
