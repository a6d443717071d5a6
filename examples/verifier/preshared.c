/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --psk: the session is opened by a pre-shared key, which is also what authenticates a peer without certificates. */
#include <stdio.h>
#include <string.h>

#include "forms.h"

bool preshared_on_psk(struct options *o, const char *value, char *why)
{
	return take_text(&o->psk, "psk", value, why) && session_demand(o, "psk", value, why);
}

bool preshared_read(struct material *m, const struct options *o, char *why)
{
	const struct tspdm_psk *weakest;

	if (o->psk == NULL)
		return true;
	if (!psk_add(&m->psk, o->psk, why))
		return false;
	weakest = psk_weakest(&m->psk);
	if (weakest != NULL && !o->is_quiet)
		fprintf(stderr,
			"tspdm-verifier: --psk: a secret of %zu bytes can be found by trying; take 32 random ones\n",
			weakest->secret.len);
	(void)psk_store(&m->psk);
	return true;
}

void preshared_configure(const struct material *m, struct tspdm_requester_config *config)
{
	if (m->psk.count != 0)
		config->psk = (struct tspdm_psk_store *)&m->psk.table.base;
}

enum tspdm_status preshared_open(struct attest *t)
{
	const struct tspdm_open_psk_session how = {
		.hint = t->m->psk.keys[0].hint,
		.summary_type = TSPDM_SUMMARY_NONE,
	};

	return tspdm_requester_open_psk_session(t->requester, &how);
}

const char *preshared_advice(const struct attest *t, const struct tspdm_requester_error *e)
{
	if (t->m->options->psk == NULL || e->request_code != TSPDM_PSK_EXCHANGE)
		return "";
	if (e->status == TSPDM_ERR_MAC)
		return "; the peer has another key by the hint of --psk";
	return e->peer_error != 0 ? "; does it have a key by the hint of --psk?" : "";
}

/* What keeps a key from being all that a peer is known by; NULL: nothing. */
static const char *obstacle(const struct attest *t)
{
	const struct options *o = t->m->options;

	if (o->psk == NULL)
		return "the peer has no certificates (CERT_CAP), so nobody can be authenticated; one that shares a key "
		       "is "
		       "known by --psk with --evidence none";
	if (o->evidence != EVIDENCE_NONE)
		return "the peer has no certificates (CERT_CAP) that evidence could be about; --evidence none is "
		       "content "
		       "with the key of --psk";
	if (o->trust.count != 0)
		return "the peer has no certificates (CERT_CAP), as --trust wants it to; without that the key of --psk "
		       "is "
		       "enough";
	return session_obstacle(t);
}

static enum tspdm_status open_and_use(struct attest *t)
{
	TSPDM_TRY(tspdm_run(t->requester, t->transport));
	TSPDM_TRY(session_adopt(t));
	return tspdm_requester_use_session(t->requester, t->session);
}

bool preshared_authenticate(struct attest *t)
{
	const char *why = obstacle(t);
	enum tspdm_status status;
	char text[384];

	if (why != NULL) {
		give_up(t->a, "spdm.authenticate", TSPDM_ERR_CAPABILITY_MISSING, "%s", why);
		return false;
	}
	status = preshared_open(t);
	if (status != TSPDM_OK) {
		give_up(t->a, "session.psk", status, "%s", tspdm_status_text(status));
		return false;
	}
	status = open_and_use(t);
	if (status == TSPDM_OK)
		return true;
	describe_failure(t, text, sizeof text);
	give_up(t->a, "session.psk", status, "%s", text);
	return false;
}
