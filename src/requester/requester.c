/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Making and wiping requesters, and what can be asked of them. */
#include <string.h>

#include <tspdm/secret.h>

#include "base/config.h"
#include "core/capabilities.h"
#include "core/psk.h"
#include "core/signing.h"
#include "requester/requester.h"

enum {
	REQUEST_MIN = 256,  /* NEGOTIATE_ALGORITHMS at its longest, and every other fixed request */
	EXCHANGE_MIN = 640, /* KEY_EXCHANGE with the largest group */
	MESSAGE_DEFAULT = 65000,
	BUSY_WAIT_US = 50000,
	PATIENCE_US = 60000000,
	RETRIES = 3,
	BUSY_RETRIES = 10,
};

size_t tspdm_requester_size(void)
{
	return sizeof(struct tspdm_requester);
}

static enum tspdm_status take_config(struct tspdm_requester_config *to, const struct tspdm_requester_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	TSPDM_TRY(tspdm_check_reserved(to->reserved2, sizeof to->reserved2));
	TSPDM_TRY(tspdm_check_reserved(to->reserved3, sizeof to->reserved3));
	TSPDM_TRY(tspdm_check_reserved(to->reserved4, sizeof to->reserved4));
	TSPDM_TRY(tspdm_check_reserved(to->reserved5, sizeof to->reserved5));
	TSPDM_TRY(tspdm_check_reserved(to->reserved6, sizeof to->reserved6));
	if (to->crypto == NULL || to->binding == NULL || to->request == NULL || to->request_len < REQUEST_MIN)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

/* DSP0274 "Timing specification for SPDM messages" repeats what went unanswered for RTT and ST1, or aborts. What cannot get
 * lost is not repeated, so RTT is then all the time that there is. */
static void set_waiting(struct tspdm_requester_config *c)
{
	bool is_lossless = c->binding->is_lossless;

	if (c->patience_us == 0)
		c->patience_us = PATIENCE_US;
	if (c->retries == 0)
		c->retries = is_lossless ? TSPDM_NO_RETRIES : RETRIES;
	if (c->rtt_us != 0)
		return;
	c->rtt_us = c->binding->rtt_us;
	if (is_lossless && c->retries == TSPDM_NO_RETRIES)
		c->rtt_us = c->patience_us < UINT32_MAX ? (uint32_t)c->patience_us : UINT32_MAX;
}

static void set_defaults(struct tspdm_requester_config *c)
{
	if (c->max_message == 0)
		c->max_message = MESSAGE_DEFAULT;
	if (c->max_message > c->binding->max_message && c->large == NULL)
		c->max_message = c->binding->max_message;
	if (c->data_transfer_size == 0)
		c->data_transfer_size = c->max_message;
	if (c->data_transfer_size > c->binding->max_message)
		c->data_transfer_size = c->binding->max_message;
	if (c->capabilities == 0 && c->large != NULL)
		c->capabilities = TSPDM_CAP_CHUNK;
	if (c->busy_wait_us == 0)
		c->busy_wait_us = BUSY_WAIT_US;
	if (c->busy_retries == 0)
		c->busy_retries = BUSY_RETRIES;
	if (c->evidence_enterprise == 0)
		c->evidence_enterprise = TSPDM_EVIDENCE_ENTERPRISE;
	set_waiting(c);
}

#define IMPLEMENTED_CAPABILITIES                                                                                       \
	(TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD |  \
		TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR | TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MUT_AUTH |              \
		TSPDM_CAP_ENCAP | TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_CHUNK)

/* DSP0277 has records with a MAC only; one without is no record. */
static enum tspdm_status check_sessions(struct tspdm_requester *r, const struct tspdm_crypto_support *support)
{
	const struct tspdm_requester_config *c = &r->config;
	bool has_exchange = (c->capabilities & TSPDM_CAP_KEY_EX) != 0;
	bool has_psk = (c->capabilities & TSPDM_CAP_PSK) != 0;

	if ((c->dhe & ~support->dhe) != 0 || (c->aead & ~support->aead) != 0)
		return TSPDM_ERR_UNSUPPORTED;
	if (!has_exchange && !has_psk)
		return TSPDM_OK;
	if ((c->capabilities & TSPDM_CAP_MAC) == 0 || support->aead == 0 || (has_exchange && support->dhe == 0))
		return TSPDM_ERR_UNSUPPORTED;
	if (c->record == NULL || (has_exchange && c->request_len < EXCHANGE_MIN) ||
		(has_psk && !tspdm_psk_store_is_usable(c->psk)))
		return TSPDM_ERR_ARGUMENT;
	return tspdm_session_table(&r->sessions, c->sessions, c->sessions_len);
}

static enum tspdm_status check_config(struct tspdm_requester *r, const struct tspdm_crypto_support *support)
{
	struct tspdm_requester_config *c = &r->config;

	if ((c->capabilities & ~(uint32_t)IMPLEMENTED_CAPABILITIES) != 0 ||
		(c->strict & ~(uint32_t)TSPDM_STRICT_ALL) != 0 || c->sequence_order > TSPDM_SEQUENCE_BIG_ENDIAN)
		return TSPDM_ERR_UNSUPPORTED;
	if (c->sequence_order != TSPDM_SEQUENCE_LITTLE_ENDIAN && (c->strict & TSPDM_STRICT_SEQUENCE_ORDER) != 0)
		return TSPDM_ERR_UNSUPPORTED;
	if ((c->asym & ~support->asym) != 0 || (c->hash & ~support->hash) != 0)
		return TSPDM_ERR_UNSUPPORTED;
	TSPDM_TRY(check_sessions(r, support));
	TSPDM_TRY(tspdm_requester_take_identity(r));
	if ((c->capabilities & TSPDM_CAP_CHUNK) != 0 && (c->large == NULL || c->large_len < c->max_message))
		return TSPDM_ERR_ARGUMENT;
	r->own = (struct tspdm_capabilities){
		.ct_exponent = c->ct_exponent,
		.flags = c->capabilities,
		.data_transfer_size = c->data_transfer_size,
		.max_message_size = c->max_message,
	};
	return tspdm_choose_versions(c->versions, true, &r->own, &c->versions);
}

/* What the configuration names, and where it leaves it open, what is usual. */
static void offer_algorithms(struct tspdm_requester *r, const struct tspdm_crypto_support *support)
{
	const struct tspdm_requester_config *c = &r->config;
	struct algorithm_offer *offer = &r->offer;

	offer->asym = c->asym != 0 ? c->asym : tspdm_default_algorithms(TSPDM_KIND_ASYM, support->asym);
	offer->hash = c->hash != 0 ? c->hash : tspdm_default_algorithms(TSPDM_KIND_HASH, support->hash);
	offer->dhe = (uint16_t)(c->dhe != 0 ? c->dhe : tspdm_default_algorithms(TSPDM_KIND_DHE, support->dhe));
	offer->aead = (uint16_t)(c->aead != 0 ? c->aead : tspdm_default_algorithms(TSPDM_KIND_AEAD, support->aead));
	offer->key_schedule = TSPDM_KEY_SCHEDULE_SPDM;
	offer->opaque_formats = TSPDM_OPAQUE_FORMAT_1;
}

enum tspdm_status tspdm_requester_init(
	void *memory, size_t memory_len, const struct tspdm_requester_config *config, struct tspdm_requester **out)
{
	struct tspdm_requester *r = memory;
	struct tspdm_crypto_support support = { 0 };

	if (memory == NULL || config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (memory_len < sizeof *r)
		return TSPDM_ERR_BUFFER;
	memset(r, 0, sizeof *r);
	TSPDM_TRY(take_config(&r->config, config));
	set_defaults(&r->config);
	r->config.crypto->ops->supported(r->config.crypto, &support);
	TSPDM_TRY(check_config(r, &support));
	offer_algorithms(r, &support);
	r->error.clause = "";
	TSPDM_TRY(tspdm_requester_take_peer_key(r));
	if (r->config.chain_cache != NULL && r->config.chain_cache->ops == NULL)
		return TSPDM_ERR_ARGUMENT;
	tspdm_connection_init(&r->c, r->config.crypto, r->config.binding, r->config.capabilities);
	r->c.strict = r->config.strict;
	r->c.key_log = r->config.key_log;
	*out = r;
	return TSPDM_OK;
}

void tspdm_requester_wipe(struct tspdm_requester *r)
{
	if (r == NULL)
		return;
	tspdm_requester_cancel_signature(r);
	tspdm_requester_cancel_source(r);
	tspdm_requester_end_flow(r);
	tspdm_requester_forget_judgement(r);
	r->config.crypto->ops->hash_free(r->config.crypto, r->digest);
	tspdm_requester_drop(r);
	if (r->config.record_len != 0)
		tspdm_wipe(r->config.record, r->config.record_len);
	if (r->config.large != NULL)
		tspdm_wipe(r->config.large, r->config.large_len);
	tspdm_wipe(r, sizeof *r);
}

void tspdm_requester_end(struct tspdm_requester *r, struct session *session)
{
	if (r->engine.session == session)
		tspdm_requester_enter(r, NULL);
	tspdm_session_wipe(session);
}

void tspdm_requester_drop(struct tspdm_requester *r)
{
	struct tspdm_crypto *crypto = r->config.crypto;

	if (r->opening.key != NULL) /* a backend without sessions has no dhe_free */
		crypto->ops->dhe_free(crypto, r->opening.key);
	tspdm_requester_enter(r, NULL);
	for (unsigned i = 0; i < r->sessions.count; i++)
		tspdm_session_wipe(&r->sessions.all[i]);
	r->selected_id = r->opened_id = 0;
	tspdm_wipe(&r->opening, sizeof r->opening);
	memset(&r->shown, 0, sizeof r->shown);
	tspdm_connection_drop(&r->c);
}

void tspdm_requester_forget_identity(struct tspdm_requester *r)
{
	struct judgement *j = &r->judgement;

	if (r->leaf_key != NULL) {
		r->config.crypto->ops->public_key_free(r->config.crypto, j->key);
		j->key = r->leaf_key;
		r->leaf_key = NULL;
	}
	memset(&r->identity, 0, sizeof r->identity);
	memset(&r->measured, 0, sizeof r->measured);
}

void tspdm_requester_forget_judgement(struct tspdm_requester *r)
{
	tspdm_requester_forget_identity(r);
	r->config.crypto->ops->public_key_free(r->config.crypto, r->judgement.key);
	memset(&r->judgement, 0, sizeof r->judgement);
}

enum tspdm_status tspdm_requester_verify(
	struct tspdm_requester *r, int use, const uint8_t *digest, struct tspdm_view signature)
{
	return tspdm_peer_verify(&r->c, TSPDM_ROLE_RESPONDER, (enum signing_use)use, r->leaf_key, digest, signature);
}

bool tspdm_requester_opaque_ok(const struct tspdm_requester *r, struct tspdm_view opaque)
{
	return opaque.len == 0 || r->c.version < TSPDM_V12 || (r->c.selected.other_params & 0x0FU) != 0;
}

const struct tspdm_requester_error *tspdm_requester_error(const struct tspdm_requester *r)
{
	return &r->error;
}

const struct tspdm_negotiated *tspdm_requester_negotiated(const struct tspdm_requester *r)
{
	return &r->negotiated;
}

const struct tspdm_identity *tspdm_requester_identity(const struct tspdm_requester *r)
{
	return &r->identity;
}

const struct tspdm_measured *tspdm_requester_measured(const struct tspdm_requester *r)
{
	return &r->measured;
}

struct tspdm_view tspdm_requester_digest(const struct tspdm_requester *r, unsigned slot)
{
	struct tspdm_view none = { NULL, 0 };
	size_t len = tspdm_algorithm_size(TSPDM_KIND_HASH, r->c.selected.base_hash);

	if (!r->has_digests || slot >= TSPDM_SLOTS || (r->digest_slots & 1U << slot) == 0)
		return none;
	return (struct tspdm_view){ r->digests[slot], len };
}
