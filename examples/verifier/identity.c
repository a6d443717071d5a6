/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Who the verifier is, for attesters that want to know: its chains and keys, and whether it insists on being asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/secret.h>

#include "forms.h"

/* ---- Options ---- */

bool identity_on_cert(struct options *o, const char *value, char *why)
{
	return take_slot_file(o->own_certs, "cert", value, why);
}

bool identity_on_key(struct options *o, const char *value, char *why)
{
	return take_slot_file(o->own_keys, "key", value, why);
}

bool identity_on_public_key_only(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_key_alone = true;
	return true;
}

bool identity_on_req_asym(struct options *o, const char *value, char *why)
{
	return take_algorithms(TSPDM_KIND_ASYM, &o->req_asym, "req-asym", value, why);
}

bool identity_on_mutual(struct options *o, const char *value, char *why)
{
	o->wants_mutual = true;
	return session_demand(o, "mutual", value != NULL ? value : "", why);
}

bool identity_on_basic_mutual(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->wants_basic_mutual = true;
	return true;
}

static bool has_identity(const struct options *o)
{
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		if (o->own_certs[i] != NULL || o->own_keys[i] != NULL)
			return true;
	return false;
}

/* The option that only means something with an identity; NULL: there is none. */
static const char *names_identity(const struct options *o)
{
	if (o->wants_mutual)
		return "mutual";
	if (o->wants_basic_mutual)
		return "basic-mutual";
	if (o->is_key_alone)
		return "public-key-only";
	return o->req_asym != 0 ? "req-asym" : NULL;
}

bool identity_check_options(const struct options *o, char *why)
{
	const char *name = names_identity(o);

	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		if ((o->own_certs[i] == NULL) != (o->own_keys[i] == NULL)) {
			snprintf(why, WHY_MAX, "slot %u has a --%s but no --%s", i,
				o->own_certs[i] != NULL ? "cert" : "key", o->own_certs[i] != NULL ? "key" : "cert");
			return false;
		}
	if (name != NULL && !has_identity(o))
		snprintf(why, WHY_MAX, "--%s needs somebody to be: give --cert and --key", name);
	else if (o->appraise != NULL && has_identity(o))
		snprintf(why, WHY_MAX, "--appraise works offline: nobody asks there for --cert");
	else if (o->is_key_alone && o->own_certs[0] == NULL)
		snprintf(why, WHY_MAX, "--public-key-only takes the key of slot 0");
	else if (o->wants_mutual && o->psk != NULL)
		snprintf(why, WHY_MAX,
			"--mutual and --psk: there both sides are known by the key, and by no certificate");
	else if (o->wants_basic_mutual && o->no_challenge)
		snprintf(why, WHY_MAX, "--basic-mutual follows a CHALLENGE, which --no-challenge forbids");
	else
		return true;
	return false;
}

uint32_t identity_capabilities(const struct options *o)
{
	if (!has_identity(o))
		return 0;
	return TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP | TSPDM_CAP_CHAL |
	       (o->is_key_alone ? TSPDM_CAP_PUB_KEY_ID : TSPDM_CAP_CERT);
}

/* ---- Material ---- */

static void wipe_file(struct file *file)
{
	if (file->bytes != NULL)
		tspdm_wipe(file->bytes, file->len);
	free(file->bytes);
}

static bool load_slot(struct material *m, unsigned slot, char *why)
{
	const char *cert = m->options->own_certs[slot], *key = m->options->own_keys[slot];
	struct file chain = { NULL, 0 }, private_key = { NULL, 0 };
	enum tspdm_status status;

	if (!file_read(cert, &chain, why) || !file_read(key, &private_key, why)) {
		free(chain.bytes);
		return false;
	}
	status = tspdm_openssl_identity_load((struct tspdm_view){ chain.bytes, chain.len },
		(struct tspdm_view){ private_key.bytes, private_key.len }, &m->own.identities[slot]);
	free(chain.bytes);
	wipe_file(&private_key);
	if (status == TSPDM_ERR_KEY)
		snprintf(why, WHY_MAX, "%.200s: no private key for the leaf of %.200s", key, cert);
	else if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "%.200s: %s", cert, tspdm_status_text(status));
	if (status == TSPDM_OK)
		tspdm_openssl_identity_slot(m->own.identities[slot], &m->own.slots[slot]);
	return status == TSPDM_OK;
}

bool identity_read(struct material *m, const struct options *o, char *why)
{
	uint32_t able = 0;

	for (unsigned i = 0; i < TSPDM_SLOTS; i++) {
		if (o->own_certs[i] != NULL && !load_slot(m, i, why))
			return false;
		able |= m->own.slots[i].asym;
	}
	if ((o->req_asym & ~able) != 0)
		snprintf(why, WHY_MAX, "--req-asym: no key of --key signs with all of it");
	else if (o->req_asym == 0 && able == TSPDM_ASYM_SM2)
		snprintf(why, WHY_MAX, "--req-asym sm2: has to be given: the key of --key is for nothing else");
	else
		return true;
	return false;
}

void identity_free(struct material *m)
{
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		tspdm_openssl_identity_free(m->own.identities[i]);
}

void identity_configure(const struct material *m, struct tspdm_requester_config *config)
{
	const struct options *o = m->options;

	if ((o->capabilities & TSPDM_CAP_CERT) != 0) {
		config->slots = m->own.slots;
		config->slot_count = TSPDM_SLOTS;
	}
	if ((o->capabilities & TSPDM_CAP_PUB_KEY_ID) != 0)
		config->public_key = &m->own.slots[0];
	config->req_asym = o->req_asym;
}

/* ---- What comes of it ---- */

static bool is_of_answers(uint8_t request_code)
{
	return request_code == TSPDM_FINISH || request_code == TSPDM_DELIVER_ENCAPSULATED_RESPONSE ||
	       request_code == TSPDM_GET_ENCAPSULATED_REQUEST;
}

const char *identity_advice(const struct attest *t, const struct tspdm_requester_error *e)
{
	const struct options *o = t->m->options;
	bool is_known = (o->capabilities & TSPDM_CAP_MUT_AUTH) != 0;
	bool may_ask = (t->a->negotiated.peer_capabilities & TSPDM_CAP_MUT_AUTH) != 0;

	if (e->status == TSPDM_ERR_DOWNGRADE && (o->wants_mutual || o->wants_basic_mutual))
		return "; the peer has not asked who this is, as --mutual or --basic-mutual wants it to";
	if (e->peer_error == 0 || !may_ask)
		return "";
	if (!is_known && e->request_code == TSPDM_KEY_EXCHANGE)
		return "; it may want to know who asks: give --cert and --key";
	if (is_known && is_of_answers(e->request_code))
		return "; does it trust the root of --cert, or know the key?";
	return "";
}

void identity_tell_basic(struct attest *t)
{
	struct tspdm_checks *checks = &t->a->verdict.checks;

	if (t->a->subject.identity != NULL && t->a->subject.identity->is_mutual)
		tspdm_checks_add(checks, "spdm.mutual", TSPDM_OK, "the peer challenged this verifier in turn");
}

void identity_tell_session(struct attest *t)
{
	const struct tspdm_session_info *s = &t->a->session;

	if ((t->m->options->capabilities & TSPDM_CAP_MUT_AUTH) == 0 || s->is_psk)
		return;
	if (!s->is_mutual)
		tspdm_checks_skip(
			&t->a->verdict.checks, "session.mutual", "the peer has not asked who this verifier is");
	else if (s->requester_slot == TSPDM_SLOT_PUBLIC_KEY)
		(void)session_check(t, "session.mutual", TSPDM_OK, "the peer knows this verifier by its public key");
	else
		(void)session_check(t, "session.mutual", TSPDM_OK, "the peer knows this verifier by its slot %u",
			s->requester_slot);
}
