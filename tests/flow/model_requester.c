/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a requester may take while it waits for a response. */
#include "model_requester.h"

static const struct model_verdict ignored = { .outcome = OUT_IGNORED };
static const struct model_verdict waits = { .outcome = OUT_WAITS };

static struct model_verdict failed(enum tspdm_status status)
{
	return (struct model_verdict){ .outcome = OUT_FAILED, .status = status };
}

/* DSP0274 1.2 "Timing requirements": what takes CT may be late. A KEY_UPDATE that is late is refused all the same: which
 * keys are in force would be open, and VerifyNewKey has to be the next message. VENDOR_DEFINED is as its definition says. */
static bool may_be_late(uint8_t request)
{
	switch (request) {
	case TSPDM_GET_DIGESTS:
	case TSPDM_GET_CERTIFICATE:
	case TSPDM_CHALLENGE:
	case TSPDM_GET_MEASUREMENTS:
	case TSPDM_KEY_EXCHANGE:
	case TSPDM_FINISH:
	case TSPDM_PSK_EXCHANGE:
	case TSPDM_PSK_FINISH:
	case TSPDM_GET_ENCAPSULATED_REQUEST:
	case TSPDM_DELIVER_ENCAPSULATED_RESPONSE:
	case TSPDM_VENDOR_DEFINED_REQUEST:
		return true;
	default:
		return false;
	}
}

static struct model_verdict judge_error(const struct model_wait *wait, enum model_lie lie, uint8_t code)
{
	bool is_chunk = wait->request == TSPDM_CHUNK_GET || wait->request == TSPDM_CHUNK_SEND;
	bool has_data = lie == LIE_ERROR_DATA;
	struct model_verdict verdict = failed(TSPDM_ERR_PEER);

	switch (code) {
	case TSPDM_ERROR_BUSY:
		return waits;
	case TSPDM_ERROR_RESPONSE_NOT_READY:
		return has_data && may_be_late(wait->request) ? waits : failed(TSPDM_OK);
	case TSPDM_ERROR_LARGE_RESPONSE:
		return has_data && wait->has_chunks && !is_chunk ? waits : failed(TSPDM_OK);
	case TSPDM_ERROR_REQUEST_RESYNCH:
		verdict = failed(TSPDM_ERR_RESYNCH);
		verdict.loses_all = true;
		return verdict;
	case TSPDM_ERROR_RESET_REQUIRED: /* has a status of its own where it may come */
		return failed(TSPDM_OK);
	case TSPDM_ERROR_DECRYPT_ERROR:
		verdict.loses_session = true;
		return verdict;
	case TSPDM_ERROR_RESPONSE_TOO_LARGE: /* these have data: without it they are malformed */
	case TSPDM_ERROR_DATA_TOO_LARGE:
	case TSPDM_ERROR_VENDOR_DEFINED:
		return has_data ? verdict : failed(TSPDM_OK);
	case TSPDM_ERROR_UNEXPECTED_REQUEST: /* there is nothing: the answer to a question */
		return wait->is_poll ? waits : verdict;
	default:
		return verdict;
	}
}

struct model_verdict model_judge(const struct model_wait *wait, enum model_lie lie, uint8_t code)
{
	struct model_verdict verdict = failed(TSPDM_OK);

	switch (lie) {
	case LIE_ERROR:
	case LIE_ERROR_DATA:
	case LIE_ERROR_BAD_DATA:
		return judge_error(wait, lie, code);
	case LIE_CODE:
		return failed(wait->has_chunks ? TSPDM_OK : TSPDM_ERR_UNEXPECTED);
	case LIE_VERSION:
		return failed(TSPDM_ERR_VERSION);
	case LIE_FORGED:
		verdict = failed(wait->is_in_session ? TSPDM_ERR_MAC : TSPDM_OK);
		verdict.loses_session = true;
		return wait->is_in_session ? verdict : ignored;
	case LIE_ELSEWHERE:
	case LIE_OTHER_SESSION:
		return ignored;
	case LIE_SHORT:
	case LIE_EMPTY:
	case LIES:
		break;
	}
	return verdict;
}
