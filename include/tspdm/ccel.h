/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The confidential computing event log (CCEL): what firmware and boot loader measured into a TD's RTMRs. The log is worth
 * nothing until it has been replayed: only if it leads to the registers of a genuine quote its digests are the TD's own.
 * Facts: TCG PC Client Platform Firmware Profile "crypto agile log", UEFI 2.10 "Confidential computing", Intel TDX.
 *
 *	uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN];
 *	if (tspdm_ccel_replay(log, rtmr, NULL) == TSPDM_OK && memcmp(rtmr[1], finding->report.rtmr[1], TSPDM_RTMR_LEN) == 0)
 *		puts("what the firmware loaded is what the log says");
 */
#ifndef TSPDM_CCEL_H
#define TSPDM_CCEL_H

#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TSPDM_RTMRS = 4,
	TSPDM_RTMR_LEN = 48,
	TSPDM_CCEL_MRTD = 0, /**< measurement register 0 of the log; RTMR0 is its register 1 */
	TSPDM_CCEL_NO_ACTION = 3, /**< EV_NO_ACTION: extends nothing */
};

struct tspdm_ccel_event {
	uint32_t mr;              /**< 0: MRTD, 1 to 4: RTMR0 to RTMR3 */
	uint32_t type;            /**< TCG event type */
	struct tspdm_view digest; /**< SHA-384, TSPDM_RTMR_LEN bytes */
	struct tspdm_view data;   /**< for most types the digest is NOT of these bytes: never trust them for it */
};

/** A place in a log. Zero before tspdm_ccel_open(). */
struct tspdm_ccel {
	struct tspdm_view left;
};

/** Begins to read a log: its first event has to name SHA-384 and no other algorithm.
 * @param area  the log area; what follows the last event is passed over
 * @retval TSPDM_ERR_EVIDENCE_FORM  no such log */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_ccel_open(struct tspdm_view area, struct tspdm_ccel *out);

/** Reads the next event; views of the area.
 * @retval TSPDM_AGAIN              there is none left
 * @retval TSPDM_ERR_EVIDENCE_FORM  malformed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_ccel_next(struct tspdm_ccel *log, struct tspdm_ccel_event *out);

/** Replays a log from registers that are zero: register = SHA-384(register ‖ digest) for each event.
 * @param rtmr   filled; zeros after a failure
 * @param count  events that extended an RTMR; NULL: not asked for
 * @retval TSPDM_ERR_EVIDENCE_FORM  malformed, or an event for a register that there is not
 * @retval TSPDM_ERR_CRYPTO */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_ccel_replay(
	struct tspdm_view area, uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN], unsigned *count);

#ifdef __cplusplus
}
#endif
#endif
