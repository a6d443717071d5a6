/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The key schedule, DSP0274 "Key schedule": from the DHE secret or PSK and the transcript hashes TH1 and TH2 to the keys
 * of records, the finished keys and the export master secret. Each phase has one struct of secrets and one function that
 * wipes it. */
#ifndef TSPDM_CORE_KEY_SCHEDULE_H
#define TSPDM_CORE_KEY_SCHEDULE_H

#include <tspdm/crypto.h>

enum { AEAD_IV_LEN = 12, AEAD_TAG_LEN = 16, AEAD_KEY_MAX = 32 };

/* What every derivation depends on. */
struct key_schedule {
	struct tspdm_crypto *crypto;
	uint32_t hash;
	uint32_t aead;
	uint8_t version; /* the connection's SPDM version */
};

/* Requester to responder, and back. */
enum key_direction {
	KEY_DIRECTION_REQUEST,
	KEY_DIRECTION_RESPONSE,
	KEY_DIRECTIONS,
};

enum key_source {
	KEY_SOURCE_DHE,
	KEY_SOURCE_PSK,
};

/* bin_str0 to bin_str9, by the number of the standard. */
enum key_label {
	KEY_LABEL_DERIVED,
	KEY_LABEL_REQUEST_HANDSHAKE,
	KEY_LABEL_RESPONSE_HANDSHAKE,
	KEY_LABEL_REQUEST_DATA,
	KEY_LABEL_RESPONSE_DATA,
	KEY_LABEL_KEY,
	KEY_LABEL_IV,
	KEY_LABEL_FINISHED,
	KEY_LABEL_EXPORT_MASTER,
	KEY_LABEL_TRAFFIC_UPDATE,
};

/* Of the handshake phase; wiped when the application phase begins. The Handshake-Secret and Salt_1 are not here: the
 * master secret depends on no transcript, so it is derived at once and they never outlive one call. */
struct handshake_secrets {
	uint8_t direction[KEY_DIRECTIONS][TSPDM_HASH_MAX]; /* S0, S1 */
	uint8_t finished[KEY_DIRECTIONS][TSPDM_HASH_MAX];
	uint8_t master[TSPDM_HASH_MAX]; /* gone once the data secrets are derived */
};

/* Of the application phase. */
struct data_secrets {
	uint8_t direction[KEY_DIRECTIONS][TSPDM_HASH_MAX]; /* S2, S3; wiped once the record streams have them */
	uint8_t export_master[TSPDM_HASH_MAX];             /* handed to the application, then wiped */
};

/* What one direction seals or opens records with. */
struct record_keys {
	uint8_t key[AEAD_KEY_MAX];
	uint8_t iv[AEAD_IV_LEN];
};

/* BinConcat(Length, Version, Label, Context): two bytes, eight, at most twelve, and a digest. */
enum { KEY_BIN_STR_MAX = 2 + 8 + 12 + TSPDM_HASH_MAX };

/* Writes a bin_str. `context` is the transcript hash, empty for labels that have none.
 * TSPDM_ERR_UNSUPPORTED for SPDM 1.0, which has no sessions. */
enum tspdm_status tspdm_key_bin_str(
	uint8_t version, enum key_label label, uint16_t length, struct tspdm_view context, struct tspdm_buffer *out);

/* RFC 5869 "Step 2: Expand"; the schedule's crypto and hash count. */
enum tspdm_status tspdm_key_hkdf_expand(
	const struct key_schedule *k, const uint8_t *secret, struct tspdm_view info, uint8_t *out, size_t len);
/* HKDF-Expand(secret, bin_str, len); `secret` is of the length of the hash. */
enum tspdm_status tspdm_key_expand(const struct key_schedule *k, const uint8_t *secret, enum key_label label,
	struct tspdm_view context, uint8_t *out, size_t len);

/* Salt_0, constant bytes of the length of the hash. */
const uint8_t *tspdm_key_salt_0(const struct key_schedule *k, enum key_source source);
/* HMAC-Hash(Salt_0, secret). `out` belongs to the caller, who wipes it. TSPDM_ERR_ARGUMENT: the secret is empty, or the
 * schedule names no algorithms. */
enum tspdm_status tspdm_key_handshake_secret(
	const struct key_schedule *k, enum key_source source, struct tspdm_view secret, uint8_t *out);
/* HMAC-Hash(Salt_1, zeros). */
enum tspdm_status tspdm_key_master_secret(const struct key_schedule *k, const uint8_t *handshake_secret, uint8_t *out);

/* All secrets of the handshake phase from the Handshake-Secret, which the caller wipes. After a failure `out` is wiped. */
enum tspdm_status tspdm_key_handshake_from(const struct key_schedule *k, const uint8_t *handshake_secret,
	const uint8_t *th1, struct handshake_secrets *out);
/* The same from the DHE secret or PSK. The caller wipes `secret`. */
enum tspdm_status tspdm_key_handshake(const struct key_schedule *k, enum key_source source, struct tspdm_view secret,
	const uint8_t *th1, struct handshake_secrets *out);
/* All secrets of the application phase; takes the master secret away. After a failure both are wiped. */
enum tspdm_status tspdm_key_data(const struct key_schedule *k, struct handshake_secrets *handshake, const uint8_t *th2,
	struct data_secrets *out);

/* Key and IV of a direction's secret S0 to S3. */
enum tspdm_status tspdm_key_record(const struct key_schedule *k, const uint8_t *secret, struct record_keys *out);
/* DSP0274 "Major secrets update": the next generation of a direction's S2 or S3. `next` may be `secret`. */
enum tspdm_status tspdm_key_update(const struct key_schedule *k, const uint8_t *secret, uint8_t *next);

/* HMAC-Hash(finished_key, digest of the transcript). */
enum tspdm_status tspdm_key_verify_data(
	const struct key_schedule *k, const uint8_t *finished, const uint8_t *digest, uint8_t *out);
/* TSPDM_ERR_MAC where what the peer sent is not that. */
enum tspdm_status tspdm_key_check_verify_data(
	const struct key_schedule *k, const uint8_t *finished, const uint8_t *digest, struct tspdm_view received);

void tspdm_key_wipe_handshake(struct handshake_secrets *secrets);
void tspdm_key_wipe_data(struct data_secrets *secrets);
void tspdm_key_wipe_record(struct record_keys *keys);

#endif
