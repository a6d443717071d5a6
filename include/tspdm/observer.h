/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Watching a connection: the hook through which requesters and responders show each message, and the observer, a third
 * party that follows a recorded or live connection, decodes each message and recomputes what the material allows.
 *
 *	tspdm_observer_init(memory, tspdm_observer_size(), crypto, &observer);
 *	while (next_message(&is_request, &message)) {
 *		tspdm_observer_see(observer, is_request, message, &seen);
 *		printf("%s %s\n", tspdm_code_name(seen.header.code), tspdm_status_text(seen.status));
 *	}
 */
#ifndef TSPDM_OBSERVER_H
#define TSPDM_OBSERVER_H

#include <tspdm/crypto.h>
#include <tspdm/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Called with each plaintext message as it is sent or taken. It must not call the object that calls it.
 * @param is_request  whether the requester sent it
 * @param session     session id; 0: in the clear
 * @param message     without a transport's padding; good for the call only */
struct tspdm_observer_hook {
	void (*see)(void *context, bool is_request, uint32_t session, struct tspdm_view message);
	void *context;
};

/** One result of recomputing. */
enum tspdm_seen_check {
	TSPDM_SEEN_NOTHING = 0, /**< nothing to check in this message */
	TSPDM_SEEN_OK,
	TSPDM_SEEN_BAD,
	TSPDM_SEEN_NO_MATERIAL, /**< the key, certificate or earlier message is not known, or the algorithm is not supported */
};

/** What the observer found in one message. */
struct tspdm_seen {
	struct tspdm_header header;
	enum tspdm_status status; /**< of decoding; TSPDM_ERR_UNSUPPORTED: a message that this release does not decode */
	size_t used;              /**< bytes that the fields account for; the rest is padding */
	uint8_t signature;        /**< enum tspdm_seen_check: CHALLENGE_AUTH, MEASUREMENTS */
	uint8_t digest;           /**< enum tspdm_seen_check: digests and chain hashes against the certificates seen */
};

/** Follows one connection; opaque. */
struct tspdm_observer;

/** @returns bytes of memory; a certificate chain of each slot seen is kept in it */
TSPDM_API size_t tspdm_observer_size(void);

/** Errors as of tspdm_responder_init(). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_observer_init(
	void *memory, size_t memory_len, struct tspdm_crypto *crypto, struct tspdm_observer **out);
/** NULL is allowed. */
TSPDM_API void tspdm_observer_wipe(struct tspdm_observer *observer);

/** Gives a responder's certificate-chain structure that the connection does not carry itself. Copied.
 * @retval TSPDM_ERR_TOO_LARGE  longer than TSPDM_CHAIN_MAX */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_observer_chain(
	struct tspdm_observer *observer, unsigned slot, struct tspdm_view chain);

/** Takes the next message of the connection, in the clear, in order.
 * @param message  padding of the transport may follow it
 * @param out      what was found; never partly filled */
TSPDM_API void tspdm_observer_see(
	struct tspdm_observer *observer, bool is_request, struct tspdm_view message, struct tspdm_seen *out);

#ifdef __cplusplus
}
#endif
#endif
