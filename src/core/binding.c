/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the report data of evidence must be, so that it counts for one key and one exchange and for nothing else.
 * Attester and verifier compute it here, from their own state; bytes of the peer never become report data without being
 * hashed under a label. */
#include <tspdm/evidence.h>
#include <tspdm/secret.h>

#include "base/cursor.h"
#include "core/binding.h"
#include "core/digest.h"
#include "core/key_schedule.h"

enum { SHA384_LEN = BOUND_KEY_LEN };

/* With its terminating zero byte: no label is the beginning of another one. */
static const char measurement_label[] = "tspdm measurement evidence v1";

/* Variable fields stand behind their length: no two inputs are written alike. */
static void write_field(struct tspdm_buffer *w, struct tspdm_view field)
{
	write_u16(w, (uint16_t)field.len);
	write_view(w, field);
}

enum tspdm_status tspdm_bind_measurement_evidence(
	struct tspdm_crypto *crypto, const struct tspdm_measurement_binding *binding, uint8_t *report_data)
{
	uint8_t key_digest[SHA384_LEN];
	uint8_t room[sizeof measurement_label + 2 + 2 + SHA384_LEN + 2 + TSPDM_NONCE_LEN + 2 + 1];
	struct tspdm_buffer w = { .ptr = room, .cap = sizeof room };

	if (binding->role != TSPDM_ROLE_RESPONDER && binding->role != TSPDM_ROLE_REQUESTER)
		return TSPDM_ERR_ARGUMENT;
	if (binding->nonce.len != TSPDM_NONCE_LEN || binding->spki.len == 0)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_digest_once(crypto, TSPDM_HASH_SHA384, binding->spki, key_digest));
	write_view(&w, (struct tspdm_view){ (const uint8_t *)measurement_label, sizeof measurement_label });
	write_u8(&w, (uint8_t)binding->role);
	write_u8(&w, binding->version);
	write_field(&w, (struct tspdm_view){ key_digest, sizeof key_digest });
	write_field(&w, binding->nonce);
	write_field(&w, (struct tspdm_view){ &binding->slot, 1 });
	TSPDM_TRY(write_end(&w));
	return tspdm_digest_once(crypto, TSPDM_HASH_SHA512, tspdm_buffer_view(&w), report_data);
}

static const char session_label[] = "tspdm session evidence v1";
static const char exporter_label[] = "tspdm evidence exporter";

enum { CHANNEL_MAX = 64 };

static bool is_role(enum tspdm_role role)
{
	return role == TSPDM_ROLE_RESPONDER || role == TSPDM_ROLE_REQUESTER;
}

enum tspdm_status tspdm_bind_key(struct tspdm_crypto *crypto, struct tspdm_view spki, struct bound_key *out)
{
	*out = (struct bound_key){ .is_there = spki.len != 0 };
	return out->is_there ? tspdm_digest_once(crypto, TSPDM_HASH_SHA384, spki, out->digest) : TSPDM_OK;
}

/* An empty field where there is no key. */
static void write_key(struct tspdm_buffer *w, const struct bound_key *key)
{
	write_field(w, (struct tspdm_view){ key->digest, key->is_there ? sizeof key->digest : 0 });
}

static bool is_session_binding(const struct tspdm_session_binding *b)
{
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, b->hash);

	return is_role(b->role) && hash_len != 0 && b->th2.len == hash_len &&
	       b->exporter.len == TSPDM_EVIDENCE_EXPORTER_LEN && b->nonce.len == TSPDM_NONCE_LEN &&
	       b->channel.len <= CHANNEL_MAX && b->session_id != 0;
}

enum tspdm_status tspdm_bind_session_keys(struct tspdm_crypto *crypto, const struct tspdm_session_binding *binding,
	const struct bound_key *own, const struct bound_key *peer, uint8_t *report_data)
{
	uint8_t room[sizeof session_label + 1 + 1 + 4 + 4 + 2 + TSPDM_HASH_MAX + 2 + TSPDM_EVIDENCE_EXPORTER_LEN +
		     2 * (2 + SHA384_LEN) + 2 + TSPDM_NONCE_LEN + 2 + CHANNEL_MAX];
	struct tspdm_buffer w = { .ptr = room, .cap = sizeof room };
	enum tspdm_status status;

	if (!is_session_binding(binding))
		return TSPDM_ERR_ARGUMENT;
	write_view(&w, (struct tspdm_view){ (const uint8_t *)session_label, sizeof session_label });
	write_u8(&w, (uint8_t)binding->role);
	write_u8(&w, binding->version);
	write_u32(&w, binding->hash);
	write_u32(&w, binding->session_id);
	write_field(&w, binding->th2);
	write_field(&w, binding->exporter);
	write_key(&w, own);
	write_key(&w, peer);
	write_field(&w, binding->nonce);
	if (binding->channel.len != 0)
		write_field(&w, binding->channel);
	status = write_end(&w);
	if (status == TSPDM_OK)
		status = tspdm_digest_once(crypto, TSPDM_HASH_SHA512, tspdm_buffer_view(&w), report_data);
	tspdm_wipe(room, sizeof room);
	return status;
}

enum tspdm_status tspdm_bind_session_evidence(
	struct tspdm_crypto *crypto, const struct tspdm_session_binding *binding, uint8_t *report_data)
{
	struct bound_key own, peer;

	if (!is_session_binding(binding))
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_bind_key(crypto, binding->own_spki, &own));
	TSPDM_TRY(tspdm_bind_key(crypto, binding->peer_spki, &peer));
	return tspdm_bind_session_keys(crypto, binding, &own, &peer, report_data);
}

enum tspdm_status tspdm_evidence_exporter(
	struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_view secret, enum tspdm_role role, uint8_t *exporter)
{
	const struct key_schedule k = { .crypto = crypto, .hash = hash };
	uint8_t info[sizeof exporter_label + 1];

	if (!is_role(role) || secret.len == 0 || secret.len != tspdm_algorithm_size(TSPDM_KIND_HASH, hash))
		return TSPDM_ERR_ARGUMENT;
	memcpy(info, exporter_label, sizeof exporter_label);
	info[sizeof exporter_label] = (uint8_t)role;
	return tspdm_key_hkdf_expand(
		&k, secret.ptr, (struct tspdm_view){ info, sizeof info }, exporter, TSPDM_EVIDENCE_EXPORTER_LEN);
}

enum tspdm_status tspdm_bind_certificate_evidence(
	struct tspdm_crypto *crypto, struct tspdm_view claims, uint8_t *report_data)
{
	memset(report_data, 0, TSPDM_REPORT_DATA_LEN);
	if (claims.len == 0)
		return TSPDM_ERR_ARGUMENT;
	return tspdm_digest_once(crypto, TSPDM_HASH_SHA256, claims, report_data);
}
