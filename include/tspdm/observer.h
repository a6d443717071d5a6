/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Watching a connection: the hook through which requesters and responders show each message, and the observer, a third
 * party that follows a recorded or live connection, decodes each message, follows its sessions, opens their records where
 * it is given a secret, and recomputes what the material allows.
 *
 *	tspdm_observer_init(memory, tspdm_observer_size(), crypto, &observer);
 *	tspdm_observer_follow(observer, &config);	// where sessions, records and chunks matter
 *	while (next_message(&is_request, &is_record, &message))
 *		if (is_record)
 *			tspdm_observer_record(observer, is_request, message);
 *		else
 *			tspdm_observer_see(observer, is_request, message, &seen);
 *
 * Messages within messages (records, chunks, encapsulated ones) are shown one by one through config.see.
 */
#ifndef TSPDM_OBSERVER_H
#define TSPDM_OBSERVER_H

#include <tspdm/crypto.h>
#include <tspdm/message.h>
#include <tspdm/transport.h>

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

/** What was checked. */
enum tspdm_check_kind {
	TSPDM_CHECK_ALGORITHMS_SELECTION,  /**< ALGORITHMS selects of each kind at most one, and one that was offered */
	TSPDM_CHECK_DIGEST_OF_CHAIN,       /**< a chain that came whole against its digest in DIGESTS */
	TSPDM_CHECK_CHAIN_ROOT_HASH,       /**< its RootHash against its first certificate */
	TSPDM_CHECK_CHAIN_LINKS,           /**< each of its certificates against the one before */
	TSPDM_CHECK_CHALLENGE_AUTH_CHAIN_HASH,
	TSPDM_CHECK_CHALLENGE_AUTH_ECHO,   /**< slot and RequesterContext are those of the request */
	TSPDM_CHECK_CHALLENGE_AUTH_SIGNATURE,
	TSPDM_CHECK_MEASUREMENTS_ECHO,     /**< slot and RequesterContext of a signed answer */
	TSPDM_CHECK_MEASUREMENTS_SIGNATURE,
	TSPDM_CHECK_ENDPOINT_INFO_SIGNATURE,
	TSPDM_CHECK_CSR_SIGNATURE,         /**< of a certificate request, by the key in it */
	TSPDM_CHECK_KEY_EXCHANGE_RSP_SUMMARY, /**< MeasurementSummaryHash against the measurements that were seen; no material
	                                           where they do not make it, as the device may have measured anew */
	TSPDM_CHECK_KEY_EXCHANGE_RSP_SIGNATURE,
	TSPDM_CHECK_KEY_EXCHANGE_RSP_VERIFY_DATA,
	TSPDM_CHECK_FINISH_SIGNATURE,
	TSPDM_CHECK_FINISH_VERIFY_DATA,
	TSPDM_CHECK_FINISH_RSP_VERIFY_DATA,
	TSPDM_CHECK_PSK_EXCHANGE_RSP_SUMMARY,
	TSPDM_CHECK_PSK_EXCHANGE_RSP_VERIFY_DATA,
	TSPDM_CHECK_PSK_FINISH_VERIFY_DATA,
	TSPDM_CHECK_KEY_UPDATE_ECHO,       /**< KEY_UPDATE_ACK repeats operation and tag */
	TSPDM_CHECK_KEY_UPDATE_GENERATION, /**< both messages came under the keys that the operation demands */
	TSPDM_CHECK_RECORD,                /**< authentic, and the next one */
	TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_CHAIN_HASH, /**< as above, of the requester */
	TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_ECHO,
	TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_SIGNATURE,
	TSPDM_CHECK_ENCAP_ENDPOINT_INFO_SIGNATURE,
	TSPDM_CHECK_ENCAP_KEY_UPDATE_ECHO,
	TSPDM_CHECK_ENCAP_KEY_UPDATE_GENERATION,
	TSPDM_CHECK_KINDS,
};

/** @returns the name of a kind, as "finish_verify_data"; NULL behind the last */
TSPDM_API const char *tspdm_check_name(unsigned kind);

struct tspdm_seen_result {
	uint8_t kind;   /**< enum tspdm_check_kind */
	uint8_t result; /**< enum tspdm_seen_check, never TSPDM_SEEN_NOTHING */
	uint16_t count; /**< how many of it: the links of a chain */
};

enum tspdm_seen_what {
	TSPDM_SEEN_MESSAGE,     /**< an SPDM message */
	TSPDM_SEEN_RECORD,      /**< a record that was opened; what is in it comes next */
	TSPDM_SEEN_SEALED,      /**< a record of a session without keys, or of none that is known */
	TSPDM_SEEN_FORGED,      /**< a record that its session's keys do not open; `status` tells why */
	TSPDM_SEEN_APPLICATION, /**< application data of a record that is no SPDM message */
};

/** In what a message came. */
enum tspdm_seen_carrier {
	TSPDM_CARRIER_NONE,
	TSPDM_CARRIER_ENCAPSULATED,
	TSPDM_CARRIER_CHUNKS,
	TSPDM_CARRIER_IMPLIED, /**< it was not sent: the GET_DIGESTS that KEY_EXCHANGE_RSP implies */
};

enum tspdm_seen_phase {
	TSPDM_SEEN_HANDSHAKE,
	TSPDM_SEEN_APPLICATION_PHASE,
	TSPDM_SEEN_ENDED,
};

/** A session as far as it was seen. */
struct tspdm_seen_session {
	uint32_t id;
	unsigned serial;     /**< 0 for the first session of the connection, and so on */
	bool is_psk;
	bool is_mac_only;
	bool is_clear;       /**< its handshake was in the clear */
	bool has_keys;
	uint8_t mutual_auth; /**< MutAuthRequested */
	uint8_t phase;       /**< enum tspdm_seen_phase */
	uint8_t reserved[2];
	unsigned opened[2];  /**< records; 0: requests, 1: responses */
	unsigned sealed;     /**< records that could not be opened */
	unsigned generation[2]; /**< key updates */
};

enum { TSPDM_SEEN_RESULTS_MAX = 8 };

/** What the observer found in one message. */
struct tspdm_seen {
	struct tspdm_header header;
	enum tspdm_status status; /**< of decoding; TSPDM_ERR_UNSUPPORTED: a message that this release does not decode */
	size_t used;              /**< bytes that the fields account for; the rest is padding */
	uint8_t signature;        /**< enum tspdm_seen_check: of its signature */
	uint8_t digest;           /**< enum tspdm_seen_check: digests and chain hashes against the certificates seen */
	uint8_t what;             /**< enum tspdm_seen_what */
	uint8_t carrier;          /**< enum tspdm_seen_carrier */
	bool is_request;          /**< of the message itself: an encapsulated request comes in a response */
	bool is_from_requester;   /**< who sent it */
	uint8_t result_count;
	struct tspdm_seen_result results[TSPDM_SEEN_RESULTS_MAX];
	struct tspdm_view message; /**< good for the call only */
	const struct tspdm_seen_session *session; /**< NULL: none, or none that is known */
	uint32_t session_id;       /**< of the record that it came in; 0: in the clear */
};

/** A secret of a session. The names of key logs stand behind each. */
enum tspdm_secret_kind {
	TSPDM_SECRET_DHE,           /**< SPDM_DHE_SECRET: as it enters the key schedule; with a KEM the shared secret */
	TSPDM_SECRET_PSK,           /**< SPDM_PSK */
	TSPDM_SECRET_HANDSHAKE,     /**< SPDM_HANDSHAKE_SECRET: Handshake-Secret of DSP0274 "Key schedule" */
	TSPDM_SECRET_REQUEST_DATA,  /**< SPDM_REQ_DATA_SECRET_n: S2, after n key updates */
	TSPDM_SECRET_RESPONSE_DATA, /**< SPDM_RSP_DATA_SECRET_n: S3 */
	TSPDM_SECRET_KINDS,
};

/** Which secret is meant. */
struct tspdm_secret_name {
	uint8_t kind; /**< enum tspdm_secret_kind */
	uint8_t reserved[3];
	uint32_t session_id;
	unsigned generation;           /**< of the two data secrets */
	unsigned serial;               /**< observers: as in struct tspdm_seen_session; else 0 */
	struct tspdm_view random;      /**< RandomData of KEY_EXCHANGE, or the first 32 bytes of PSK_EXCHANGE's RequesterContext */
	struct tspdm_view hint;        /**< PSKHint; empty for other sessions */
	bool is_psk;                   /**< PSK_EXCHANGE opened the session */
};

/** DANGEROUS: gives away every secret of every session, each as soon as it is there: who has them and a capture reads all
 * that was ever said, and whoever has them in time can also forge. For finding faults, never in production. There is none
 * unless the application sets it in a role's configuration; then the application answers for whom it tells.
 *
 * Secrets come under their names: DHE or PSK and the handshake's when the exchange is answered, both directions' data
 * secrets when the handshake ends, and again with each key update, when its keys are made. A PSK comes where its store
 * gives it out, for which it is asked once more. */
struct tspdm_key_log_hook {
	/** It must not call the object that calls it.
	 * @param name    `serial` is 0; `random` is of 32 bytes. Good for the call only, as is the secret */
	void (*log)(void *context, const struct tspdm_secret_name *name, struct tspdm_view secret);
	void *context;
};

/** @returns the label of a kind in key logs; to those of the data secrets '_' and the generation are added. NULL behind the
 * last */
TSPDM_API const char *tspdm_secret_label(unsigned kind);

/** How to follow sessions; begins with its size, zero means none. */
struct tspdm_observer_config {
	size_t size;
	const struct tspdm_binding *binding; /**< rules of records; outlives the observer. NULL: all records stay sealed */
	/** Shows each message, record and piece of application data. It must not call the observer. */
	void (*see)(void *context, const struct tspdm_seen *seen);
	/** Gives a secret: appends it to `out` and returns true; false: it is not known. */
	bool (*secret)(void *context, const struct tspdm_secret_name *name, struct tspdm_buffer *out);
	void *context;
	struct tspdm_buffer chunks; /**< room in which messages in chunks are put together, half for each direction; outlives
	                                 the observer. None: such messages are not seen */
};

/** Follows one connection; opaque. */
struct tspdm_observer;

/** @returns bytes of memory; a certificate chain of each slot seen is kept in it, of both sides */
TSPDM_API size_t tspdm_observer_size(void);

/** Errors as of tspdm_responder_init(). */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_observer_init(
	void *memory, size_t memory_len, struct tspdm_crypto *crypto, struct tspdm_observer **out);
/** NULL is allowed. Wipes the secrets. */
TSPDM_API void tspdm_observer_wipe(struct tspdm_observer *observer);

/** Sets how sessions, records and chunks are followed; before the first message.
 * @retval TSPDM_ERR_ARGUMENT     config->size is none that was ever released
 * @retval TSPDM_ERR_UNSUPPORTED  a field is set that this release does not know */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_observer_follow(
	struct tspdm_observer *observer, const struct tspdm_observer_config *config);

/** Gives a responder's certificate-chain structure that the connection does not carry itself. Copied.
 * @retval TSPDM_ERR_TOO_LARGE  longer than TSPDM_CHAIN_MAX */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_observer_chain(
	struct tspdm_observer *observer, unsigned slot, struct tspdm_view chain);
/** The same of a requester. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_observer_requester_chain(
	struct tspdm_observer *observer, unsigned slot, struct tspdm_view chain);
/** Gives a provisioned public key: DER SubjectPublicKeyInfo. Copied.
 * @retval TSPDM_ERR_TOO_LARGE  longer than 1024 bytes */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_observer_public_key(
	struct tspdm_observer *observer, bool is_requester, struct tspdm_view spki);

/** Takes the next message of the connection, in the clear, in order.
 * @param message  padding of the transport may follow it
 * @param out      what was found, of the message itself; never partly filled. What is inside goes to config.see */
TSPDM_API void tspdm_observer_see(
	struct tspdm_observer *observer, bool is_request, struct tspdm_view message, struct tspdm_seen *out);

/** Takes the next DSP0277 record. What it is and what is in it goes to config.see. */
TSPDM_API void tspdm_observer_record(struct tspdm_observer *observer, bool is_request, struct tspdm_view record);

#ifdef __cplusplus
}
#endif
#endif
