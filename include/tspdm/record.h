/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Secured messages, DSP0277: the records of a session, usable on their own. A stream is one direction of one session at
 * one end of it; a full-duplex user has two, one that seals and one that opens. Nothing is allocated for a record.
 *
 *	size_t head = tspdm_record_head_len(out);
 *	struct tspdm_buffer record = { .ptr = room, .cap = sizeof room };
 *	memcpy(room + head, data, len);
 *	status = tspdm_record_seal(out, &record, len);	// room now holds a record of record.len bytes
 *	...
 *	status = tspdm_record_open(in, room, received, &opened);	// opened.data lies inside room
 *
 * Requests of all sessions arrive on one connection: tspdm_record_session() tells whose a record is.
 * A stream belongs to one thread at a time; the two directions of a session may be in two threads.
 */
#ifndef TSPDM_RECORD_H
#define TSPDM_RECORD_H

#include <tspdm/crypto.h>
#include <tspdm/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tspdm_record_stream;

/** How requesters and responders hand over application data of a session that is no SPDM message: MCTP messages of another
 * type, type byte included; over TCP what does not begin with the header of an SPDM message. The call must not use the
 * requester or responder. */
struct tspdm_application_hook {
	/** @param data    good for the call only
	 * @param answer  responders: may be appended to, in the same form; it is sealed and sent as the answer. Requesters:
	 *                NULL */
	void (*take)(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer);
	void *context;
};

/** @returns bytes of memory that a requester or responder needs for one session */
TSPDM_API size_t tspdm_session_size(void);

/** Where the sequence number stands in the nonce. DSP0277 1.0 and 1.1 did not say. */
enum tspdm_sequence_order {
	TSPDM_SEQUENCE_LITTLE_ENDIAN = 0, /**< bytes 0 to 7, least significant first: what 1.2 demands; the default */
	TSPDM_SEQUENCE_BIG_ENDIAN = 1,    /**< bytes 4 to 11, most significant first: some endpoints of 1.0 and 1.1 */
	TSPDM_SEQUENCE_EITHER = 2, /**< only to open: little-endian, else big-endian; it stays with what worked */
};

enum {
	TSPDM_RECORD_TAG_LEN = 16,
	TSPDM_RECORD_SPARE_LEN = 256, /**< the largest payload that is tried twice without config.spare, bytes */
};

/** A direction of a session. Zero is the default of what need not be set. */
struct tspdm_record_config {
	size_t size;                         /**< sizeof of this struct */
	struct tspdm_crypto *crypto;         /**< outlives the stream */
	const struct tspdm_binding *binding; /**< outlives the stream */
	uint32_t session_id;                 /**< ReqSessionID | RspSessionID << 16 */
	uint32_t hash;                       /**< BaseHashSel, one bit; needed with `secret` */
	uint32_t aead;                       /**< AEADCipherSuite, one bit */
	uint8_t spdm_version;                /**< of the connection: it is in every derivation; needed with `secret` */
	uint8_t record_version;              /**< DSP0277, 0x10 to 0x13; default: 0x12 */
	uint8_t sequence_order;              /**< enum tspdm_sequence_order; other than the default before 0x12 only */
	uint8_t padding_max; /**< to seal: each record hides its length behind 0 to this many random bytes; at
	                                          most binding->random_max, and 0 where only MACs are used */
	bool is_seal;        /**< this end sends; else it receives */
	bool is_mac_only;    /**< MAC_CAP without ENCRYPT_CAP: authenticated, not encrypted */
	uint8_t reserved[2];
	uint64_t sequence_limit;   /**< records that one key may protect, as 2^AeadLimitExponent; default 2^64 - 1 */
	struct tspdm_view secret;  /**< the direction's secret S0 to S3 of DSP0274 "Key schedule"; copied */
	struct tspdm_view key;     /**< instead of `secret`: the AEAD key, copied. There is no key update then */
	struct tspdm_view iv;      /**< 12 bytes, with `key`; copied */
	struct tspdm_buffer spare; /**< to open: room of the caller's, in place of the built-in one, for the copy of a
	                                          record that may need a second try; it outlives the stream */
};

/** @returns bytes of memory that a stream needs */
TSPDM_API size_t tspdm_record_size(void);

/** Makes a stream in `memory` (aligned as by malloc); its first record has sequence number 0.
 * @retval TSPDM_ERR_BUFFER       `memory_len` is less than tspdm_record_size()
 * @retval TSPDM_ERR_ARGUMENT     a field contradicts its description
 * @retval TSPDM_ERR_UNSUPPORTED  the crypto backend lacks the AEAD; or a field that this release does not know is set */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_record_init(
	void *memory, size_t memory_len, const struct tspdm_record_config *config, struct tspdm_record_stream **out);

/** Wipes all its secrets and frees its key contexts. NULL is allowed. */
TSPDM_API void tspdm_record_wipe(struct tspdm_record_stream *stream);

/** Bytes of a record in front of the application data. */
TSPDM_API size_t tspdm_record_head_len(const struct tspdm_record_stream *stream);
/** Bytes of a record behind the application data, at most. */
TSPDM_API size_t tspdm_record_tail_len(const struct tspdm_record_stream *stream);
/** The most application data that a record can carry, bytes. */
TSPDM_API size_t tspdm_record_data_max(const struct tspdm_record_stream *stream);
/** Records that may still be sealed or opened under the newest key; 0: update the keys, or end the session. The last of
 * them has to be left for KEY_UPDATE itself. */
TSPDM_API uint64_t tspdm_record_left(const struct tspdm_record_stream *stream);

/** Tells the session of a record, which is not authenticated by that.
 * @retval TSPDM_ERR_TRUNCATED  it is shorter than that */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_record_session(struct tspdm_view record, uint32_t *session_id);

/** Makes a record in place, under the newest key.
 * @param record    in: tspdm_record_head_len() bytes of room, the application data, tspdm_record_tail_len() bytes of room;
 *                  `len` is not read. out: a whole record of record->len bytes. Any alignment
 * @param data_len  bytes of application data, the binding's inner header included
 * @retval TSPDM_ERR_BUFFER          record->len tells the size needed; the data is as it was
 * @retval TSPDM_ERR_TOO_LARGE       `data_len` is more than tspdm_record_data_max()
 * @retval TSPDM_ERR_SEQUENCE_LIMIT  the key has protected as many records as it may
 * @retval TSPDM_ERR_ARGUMENT        the stream opens records
 * @retval TSPDM_ERR_STATE           the stream failed before
 * @retval TSPDM_ERR_CRYPTO          the backend failed; the data is wiped, and the stream is dead: a nonce whose use is
 *                                   uncertain is not used again */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_record_seal(
	struct tspdm_record_stream *stream, struct tspdm_buffer *record, size_t data_len);

struct tspdm_record_opened {
	struct tspdm_view data; /**< the application data, inside the record */
	bool is_pending;        /**< it came under the key of tspdm_record_update(), which is not confirmed yet */
};

/** Opens a record in place. Whatever fails, the stream stays usable and expects the same sequence number as before (but
 * see TSPDM_ERR_LENGTH): a datagram made up by somebody else ends no session, unless the caller's policy says so.
 * @param record  len bytes: the record, and the binding's padding. Any alignment
 * @param opened  empty after a failure; and of the data nothing is left in `record` then, from TSPDM_ERR_MAC on
 * @retval TSPDM_ERR_TRUNCATED       it ends before its Length says
 * @retval TSPDM_ERR_TRAILING        bytes that are no padding follow
 * @retval TSPDM_ERR_LENGTH          Length is less than what every record has; or the record is authentic, and its inner
 *                                   length exceeds it, or leaves more random bytes than the binding allows. In this case
 *                                   the sequence number has advanced
 * @retval TSPDM_ERR_SESSION         it belongs to another session
 * @retval TSPDM_ERR_SEQUENCE        the sequence number in it is not the next: replayed, reordered, or one was lost
 * @retval TSPDM_ERR_SEQUENCE_LIMIT  the key has protected as many records as it may
 * @retval TSPDM_ERR_MAC             it is not authentic, or not the next one
 * @retval TSPDM_ERR_ARGUMENT        the stream seals records */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_record_open(
	struct tspdm_record_stream *stream, uint8_t *record, size_t len, struct tspdm_record_opened *opened);

/* ---- KEY_UPDATE, DSP0274 "Key update" ---- */

/** Derives the next generation of the key, with sequence number 0. From now on sealing uses it; opening tries it, then
 * the old one (a repeated KEY_UPDATE, an ERROR). A record whose payload exceeds the spare room is tried with the new one
 * only, unless its explicit sequence number tells or only MACs are used.
 * @retval TSPDM_ERR_STATE  the last one is not confirmed yet, or the stream was made from a bare key */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_record_update(struct tspdm_record_stream *stream);
/** The new generation is verified: the old one is wiped.
 * @retval TSPDM_ERR_STATE  there is none */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_record_confirm(struct tspdm_record_stream *stream);
/** Back to the old generation, which goes on where it was. Nothing if there is no new one.
 * A generation that has sealed a record and is derived again would use its nonces twice: after that no new generation can
 * be made, and tspdm_record_update() says TSPDM_ERR_STATE. */
TSPDM_API void tspdm_record_cancel(struct tspdm_record_stream *stream);
/** Whether a generation waits for tspdm_record_confirm(). */
TSPDM_API bool tspdm_record_is_pending(const struct tspdm_record_stream *stream);

/* ---- DSP0277 1.0 and 1.1 ---- */

/** What TSPDM_SEQUENCE_EITHER has come to, or still that. */
TSPDM_API enum tspdm_sequence_order tspdm_record_order(const struct tspdm_record_stream *stream);
/** Makes the other direction, or the next phase's stream, follow what was found.
 * @retval TSPDM_ERR_ARGUMENT  the stream cannot have this order: see tspdm_record_config */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_record_set_order(
	struct tspdm_record_stream *stream, enum tspdm_sequence_order order);

#ifdef __cplusplus
}
#endif
#endif
