/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The vendor-defined messages in which TEE evidence is asked for and shown inside a session (docs/profile.md section 6).
 * They are payloads of VENDOR_DEFINED_REQUEST and VENDOR_DEFINED_RESPONSE under a StandardID and VendorID of their own.
 *
 *	struct tspdm_evidence_answer answer;
 *	struct tspdm_evidence_item item;
 *	if (tspdm_read_evidence_answer(payload, &answer) == TSPDM_OK)
 *		while (tspdm_next_evidence_item(&answer.items, &item) == TSPDM_OK)
 *			printf("%u: %zu bytes\n", item.type, item.value.len);
 *
 * All integers are little-endian, as in DSP0274.
 */
#ifndef TSPDM_EVIDENCE_MESSAGES_H
#define TSPDM_EVIDENCE_MESSAGES_H

#include <tspdm/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TSPDM_EVIDENCE_STANDARD = 4,        /**< StandardID: IANA enterprise numbers */
	TSPDM_EVIDENCE_ENTERPRISE = 32473,  /**< VendorID, four bytes: the number kept for documentation (RFC 5612), until there
	                                         is one of the project's own; both roles take another from their configuration */
	TSPDM_EVIDENCE_MESSAGE_VERSION = 1,
	TSPDM_EVIDENCE_NOT = 0x80,          /**< bit 7 of the first byte: under the same VendorID, but no evidence message; a
	                                         responder leaves it to the device */
	TSPDM_EVIDENCE_ITEMS_MAX = 32,      /**< in one message */
};

enum tspdm_evidence_opcode {
	TSPDM_EVIDENCE_GET = 1,       /**< the responder shows evidence for the nonce */
	TSPDM_EVIDENCE_POLL = 2,      /**< the answer to a GET that was pending; with the nonce of that GET */
	TSPDM_EVIDENCE_RESULT = 3,    /**< the requester hands over an attestation result about the responder */
	TSPDM_EVIDENCE_CHALLENGE = 4, /**< the requester asks for a nonce for evidence of its own */
	TSPDM_EVIDENCE_PRESENT = 5,   /**< the requester shows evidence for that nonce */
};

/** Flags of GET: what the requester wants beside the evidence. */
enum tspdm_evidence_flag {
	TSPDM_EVIDENCE_WANT_CERTIFICATES = 1 << 0,
	TSPDM_EVIDENCE_WANT_COLLATERAL = 1 << 1,
	TSPDM_EVIDENCE_WANT_EVENT_LOG = 1 << 2,
	TSPDM_EVIDENCE_WANT_DEVICES = 1 << 3, /**< reports of the devices that are attached to the responder */
	TSPDM_EVIDENCE_WANT_ALL = (1 << 4) - 1,
};

enum tspdm_evidence_answer_status {
	TSPDM_EVIDENCE_OK = 0,
	TSPDM_EVIDENCE_PENDING = 1,     /**< come back with POLL after `retry_ms` */
	TSPDM_EVIDENCE_UNAVAILABLE = 2, /**< there is no evidence: no TEE, or it failed */
	TSPDM_EVIDENCE_REFUSED = 3,     /**< not to this peer, not now, or what was presented was not accepted */
};

enum tspdm_evidence_item_type {
	TSPDM_ITEM_SNP_REPORT = 1,
	TSPDM_ITEM_SNP_CERTIFICATES = 2, /**< the certificate table of an extended report */
	TSPDM_ITEM_TDX_QUOTE = 3,
	TSPDM_ITEM_SGX_QUOTE = 4,
	TSPDM_ITEM_CCEL = 5,             /**< event log */
	TSPDM_ITEM_TCB_INFO = 6,         /**< as served, like the following */
	TSPDM_ITEM_QE_IDENTITY = 7,
	TSPDM_ITEM_TCB_SIGNING_CHAIN = 8,
	TSPDM_ITEM_QE_IDENTITY_CHAIN = 9,
	TSPDM_ITEM_PCK_CRL = 10,
	TSPDM_ITEM_PCK_CRL_CHAIN = 11,
	TSPDM_ITEM_ROOT_CA_CRL = 12,
	TSPDM_ITEM_RESULT_JWT = 13,      /**< an attestation result */
	TSPDM_ITEM_RESULT_CWT = 14,
	TSPDM_ITEM_NONCE = 15,           /**< the answer to CHALLENGE */
	TSPDM_ITEM_DEVICE_REPORT = 16,   /**< signed measurements of a device: tspdm_read_device_item() of
	                                      <tspdm/device_report.h>; may come several times */
};

struct tspdm_evidence_item {
	uint16_t type;           /**< enum tspdm_evidence_item_type; one that is not known is passed over */
	struct tspdm_view value;
};

/** A request. Layout: version u8, opcode u8, flags u8, nonce length u8, nonce, item count u8, items of
 * type u16, length u32, value. */
struct tspdm_evidence_request {
	uint8_t opcode;
	uint8_t flags;
	struct tspdm_view nonce; /**< TSPDM_NONCE_LEN for GET and POLL, else empty */
	uint8_t item_count;      /**< RESULT and PRESENT; else 0 */
	struct tspdm_view items;
};

/** An answer. Layout: version u8, opcode u8, status u8, item count u8, retry u32 (milliseconds), items. */
struct tspdm_evidence_answer {
	uint8_t opcode;     /**< of the request */
	uint8_t status;     /**< enum tspdm_evidence_answer_status */
	uint32_t retry_ms;  /**< with PENDING; else 0 */
	uint8_t item_count; /**< with OK; else 0 */
	struct tspdm_view items;
};

/** Reads a request, all of its items included.
 * @retval TSPDM_ERR_TRUNCATED, TSPDM_ERR_TRAILING
 * @retval TSPDM_ERR_VERSION  of another version of these messages
 * @retval TSPDM_ERR_FIELD    the opcode is unknown, or a nonce or items are where the opcode has none, or the other way */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_evidence_request(
	struct tspdm_view payload, struct tspdm_evidence_request *out);
/** Reads an answer. Statuses as of tspdm_read_evidence_request(). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_evidence_answer(
	struct tspdm_view payload, struct tspdm_evidence_answer *out);
/** Takes the first item off. @retval TSPDM_ERR_TRUNCATED  there is none left */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_next_evidence_item(
	struct tspdm_view *items, struct tspdm_evidence_item *out);

/** Write what the readers would take. @retval TSPDM_ERR_ARGUMENT  they would not */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_evidence_request(
	struct tspdm_buffer *out, const struct tspdm_evidence_request *request);
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_evidence_answer(
	struct tspdm_buffer *out, const struct tspdm_evidence_answer *answer);
/** Appends one item to a list. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_evidence_item(
	struct tspdm_buffer *out, uint16_t type, struct tspdm_view value);

/** The items that make up evidence: the report or quote by its kind, and the certificate table. @returns how many */
TSPDM_API unsigned tspdm_evidence_items(const struct tspdm_evidence *evidence, struct tspdm_evidence_item items[2]);
/** The evidence in a list of items.
 * @retval TSPDM_ERR_EVIDENCE_MISSING  there is none
 * @retval TSPDM_ERR_EVIDENCE_FORM     there is more than one, or the items are malformed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_evidence_of_items(
	struct tspdm_view items, struct tspdm_evidence *out);

#ifdef __cplusplus
}
#endif
#endif
