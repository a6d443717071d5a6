/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One direction of a session's records: its state, for sessions that embed it. */
#ifndef TSPDM_CORE_RECORD_H
#define TSPDM_CORE_RECORD_H

#include <tspdm/record.h>

#include "core/key_schedule.h"

/* One generation of a direction's key. */
struct record_generation {
	struct tspdm_aead_key *key; /* NULL: there is none */
	uint64_t sequence;          /* of the next record */
	unsigned number;            /* key updates before it */
	uint8_t iv[AEAD_IV_LEN];
	uint8_t secret[TSPDM_HASH_MAX]; /* S0 to S3, from which the next generation comes */
};

struct tspdm_record_stream {
	struct key_schedule schedule;
	const struct tspdm_binding *binding;
	uint64_t limit; /* sequence numbers are below it */
	uint32_t session_id;
	enum tspdm_sequence_order order;
	uint8_t record_version;
	uint8_t padding_max;
	bool is_seal;
	bool is_mac_only;
	bool has_secret;
	bool is_spent; /* a generation that was in use was dropped: deriving it again would repeat nonces */
	struct record_generation current;
	struct record_generation pending; /* of a key update that is not verified yet */
	struct tspdm_buffer spare;        /* the caller's; else `room` */
	uint8_t room[TSPDM_RECORD_SPARE_LEN];
};

/* Takes the keys away, so that nothing can be sealed or opened any more; the shape stays. */
void tspdm_record_fail(struct tspdm_record_stream *stream);

/* IV XOR sequence number, DSP0277 1.2 "Per-message nonce derivation". */
void tspdm_record_nonce(const uint8_t *iv, uint64_t sequence, bool is_big_endian, uint8_t *nonce);

#endif
