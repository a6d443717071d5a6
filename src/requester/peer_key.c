/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A responder without certificates, known by the public key that was provisioned for it: DSP0274 1.2 "PUB_KEY_ID_CAP",
 * "Raw public keys". */
#include <string.h>

#include "requester/requester.h"

static const char clause[] = "DSP0274 1.2 \"PUB_KEY_ID_CAP\"";

enum tspdm_status tspdm_requester_take_peer_key(struct tspdm_requester *r)
{
	struct tspdm_crypto *crypto = r->config.crypto;
	struct tspdm_view spki = r->config.peer_key;
	struct tspdm_public_key *key = NULL;

	if (spki.len == 0)
		return TSPDM_OK;
	if (spki.ptr == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (spki.len > sizeof r->spki)
		return TSPDM_ERR_KEY;
	TSPDM_TRY(crypto->ops->public_key_new(crypto, r->offer.asym, spki, &key));
	crypto->ops->public_key_free(crypto, key);
	return TSPDM_OK;
}

/* Nothing that the responder said is in it: what was provisioned is the identity, and its digest stands for it in the
 * transcripts. */
enum tspdm_status tspdm_requester_judge_key(struct tspdm_requester *r)
{
	struct tspdm_crypto *crypto = r->config.crypto;
	struct tspdm_view spki = r->config.peer_key;
	struct judgement *j = &r->judgement;
	enum tspdm_status status;

	tspdm_requester_forget_judgement(r);
	status = crypto->ops->public_key_new(crypto, r->c.selected.base_asym, spki, &r->leaf_key);
	if (status != TSPDM_OK)
		return tspdm_requester_broken(r, status, clause, 0);
	TSPDM_TRY(tspdm_digest(crypto, r->digest, spki, r->chain_digest));
	memcpy(j->digest, r->chain_digest, sizeof j->digest);
	memcpy(r->spki, spki.ptr, spki.len);
	j->spki_len = spki.len;
	r->identity.slot = TSPDM_SLOT_PUBLIC_KEY;
	r->identity.is_provisioned = true;
	r->identity.spki = (struct tspdm_view){ r->spki, j->spki_len };
	return TSPDM_OK;
}
