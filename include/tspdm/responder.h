/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The responder: a function from request to response. It does no I/O, reads no clock and allocates nothing; one object
 * serves one connection.
 *
 *	struct tspdm_responder_config config = { .size = sizeof config, .crypto = crypto, .device = &device.base,
 *		.binding = transport->binding, .max_message = 65000 };
 *	void *memory = malloc(tspdm_responder_size());
 *	status = tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder);
 *	...
 *	status = tspdm_responder_handle(responder, tspdm_now_us(), TSPDM_KIND_PLAIN, request, &response);
 *	if (status == TSPDM_OK && response.len != 0)
 *		send(response);
 */
#ifndef TSPDM_RESPONDER_H
#define TSPDM_RESPONDER_H

#include <tspdm/crypto.h>
#include <tspdm/device.h>
#include <tspdm/observer.h>
#include <tspdm/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Begins with its size, so that it can grow; zero means the default. All that it points to is the caller's and outlives
 * the responder. */
struct tspdm_responder_config {
	size_t size;
	struct tspdm_crypto *crypto;
	struct tspdm_device *device;
	const struct tspdm_binding *binding;
	uint32_t versions;     /**< set of TSPDM_VERSION_BIT(); default: all that this release implements */
	uint32_t capabilities; /**< enum tspdm_capability; default: what the device's vtable can do. Checked for legality */
	uint32_t asym;         /**< what may be selected; default: what slot 0's key can sign with */
	uint32_t hash;         /**< default: what the backend supports */
	uint32_t measurement_hash; /**< one bit of MeasurementHashAlgo; default: of the selected base hash */
	uint32_t max_message;  /**< DataTransferSize and MaxSPDMmsgSize: the largest request taken, bytes; default 4096,
	                            and never more than what the binding carries */
	uint8_t ct_exponent;   /**< CTExponent; default 20, about one second */
	bool evidence_in_all;  /**< whether a signed GET_MEASUREMENTS for all blocks in raw form makes fresh evidence too; else
	                            only one for 0xFD by itself does, and among all 0xFD is the digest of what the device
	                            lists there, if anything. The count of blocks is of what "all" would show */
	uint8_t reserved[6];   /**< 0 */
	uint8_t *scratch;      /**< where what is not ready yet is kept; NULL: a device that says TSPDM_AGAIN gets Busy answered */
	size_t scratch_len;    /**< bytes; the largest response plus the largest request */
	struct tspdm_observer_hook observer; /**< sees each message; optional */
};

/** @returns bytes of memory that a responder needs */
TSPDM_API size_t tspdm_responder_size(void);

/** Makes a responder in `memory` (aligned as by malloc).
 * @retval TSPDM_ERR_ARGUMENT      a pointer that is needed is NULL, or config->size is none that was ever released
 * @retval TSPDM_ERR_UNSUPPORTED   the configuration asks for what this release, the backend or the device cannot do
 * @retval TSPDM_ERR_CAPABILITIES  config->capabilities are illegal (DSP0274 "Flag fields definitions for the Responder")
 * @retval TSPDM_ERR_BUFFER        memory_len is too small
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_CRYPTO  from the backend */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_init(
	void *memory, size_t memory_len, const struct tspdm_responder_config *config, struct tspdm_responder **out);

/** Wipes it and gives back what it took from the backend; the memory is the caller's again. NULL is allowed. */
TSPDM_API void tspdm_responder_wipe(struct tspdm_responder *responder);

/** Answers one request.
 * @param now_us    the time, on any monotonic clock
 * @param kind      whether the transport brought a message in the clear or a record
 * @param request   one whole message, framing removed; not kept
 * @param response  appended to; its free room is the largest response. Empty afterwards: nothing is to be sent
 * @retval TSPDM_OK            response is to be sent, also if it is an ERROR; tspdm_responder_last() tells
 * @retval TSPDM_ERR_BUFFER    the room does not even hold an ERROR
 * @retval TSPDM_ERR_ARGUMENT  a pointer is NULL */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_responder_handle(struct tspdm_responder *responder, uint64_t now_us,
	enum tspdm_message_kind kind, struct tspdm_view request, struct tspdm_buffer *response);

/** What the last request was, and what came of it. For logs. */
struct tspdm_responder_outcome {
	uint8_t request_code;
	uint8_t error_code; /**< enum tspdm_error_code that was answered; 0: none */
	enum tspdm_status status; /**< the reason for the ERROR; TSPDM_OK where there is none */
};
TSPDM_API struct tspdm_responder_outcome tspdm_responder_last(const struct tspdm_responder *responder);

/** @returns how far the connection has come */
TSPDM_API enum tspdm_phase tspdm_responder_phase(const struct tspdm_responder *responder);

#ifdef __cplusplus
}
#endif
#endif
