/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the report data of evidence must be, so that it counts for one key and one exchange and for nothing else.
 * Attester and verifier compute it here, from their own state; bytes of the peer never become report data without being
 * hashed under a label. */
#include <tspdm/evidence.h>

#include "base/cursor.h"
#include "core/digest.h"

enum { SHA256_LEN = 32, SHA384_LEN = 48 };

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

enum tspdm_status tspdm_bind_certificate_evidence(
	struct tspdm_crypto *crypto, struct tspdm_view claims, uint8_t *report_data)
{
	memset(report_data, 0, TSPDM_REPORT_DATA_LEN);
	if (claims.len == 0)
		return TSPDM_ERR_ARGUMENT;
	return tspdm_digest_once(crypto, TSPDM_HASH_SHA256, claims, report_data);
}
