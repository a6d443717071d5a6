/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a whole responder has beyond attestation, and how it takes and drops its sessions. A build for attestation alone has
 * attestation_only.c instead (meson option "responder"). */
#include "core/psk.h"
#include "responder/responder.h"

uint32_t tspdm_responder_parts(void)
{
	return (TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_MASK | TSPDM_CAP_MEAS_FRESH | TSPDM_CAP_ALIAS_CERT |
		TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK_MASK | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT |
		TSPDM_CAP_KEY_UPD | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP |
		TSPDM_CAP_CHUNK | TSPDM_CAP_SET_CERT | TSPDM_CAP_CSR | TSPDM_CAP_CERT_INSTALL_RESET |
		TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_CACHE);
}

/* DSP0277 has records with a MAC only; one without is no record. */
enum tspdm_status tspdm_responder_take_sessions(struct tspdm_responder *p)
{
	const struct tspdm_responder_config *c = &p->config;
	bool has_exchange = (c->capabilities & TSPDM_CAP_KEY_EX) != 0;
	bool has_psk = (c->capabilities & TSPDM_CAP_PSK_MASK) != 0;

	if (!has_exchange && !has_psk)
		return TSPDM_OK;
	if ((c->capabilities & TSPDM_CAP_MAC) == 0 || p->offer.aead == 0 || (has_exchange && p->offer.dhe == 0))
		return TSPDM_ERR_UNSUPPORTED;
	if (c->record == NULL || (has_psk && !tspdm_psk_store_is_usable(c->psk)))
		return TSPDM_ERR_ARGUMENT;
	return tspdm_responder_table_sessions(p);
}

enum tspdm_status tspdm_responder_table_sessions(struct tspdm_responder *p)
{
	return tspdm_session_table(&p->sessions, p->config.sessions, p->config.sessions_len);
}

void tspdm_responder_drop_sessions(struct tspdm_responder *p)
{
	for (unsigned i = 0; i < p->sessions.count; i++)
		tspdm_session_wipe(&p->sessions.all[i]);
}

void tspdm_responder_abandon(struct session *s)
{
	tspdm_session_wipe(s);
}

bool tspdm_responder_awaits_new_key(const struct session *s)
{
	return tspdm_record_is_pending(&s->open);
}
