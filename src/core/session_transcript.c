/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TH of a session: which parts follow each other, and where digests are taken. */
#include <string.h>

#include "core/session_transcript.h"

#define BIT(n) (1U << (n))

enum {
	ENCRYPTED = BIT(TH_CERTIFICATE),
	CLEAR = BIT(TH_CERTIFICATE_CLEAR),
	CERTIFICATE = ENCRYPTED | CLEAR,
	PSK = BIT(TH_PSK),
	ANY_PSK = PSK | BIT(TH_PSK_ALONE),
};

/* DSP0274 1.2 "Transcript and transcript hash calculation rules" for KEY_EXCHANGE and PSK_EXCHANGE: a part, in which forms,
 * directly after which others. */
static const struct {
	uint32_t forms;
	enum th_part part;
	uint32_t after;
} order[] = {
	{ CERTIFICATE, TH_RESPONDER_DIGESTS, BIT(TH_VCA) },
	{ CERTIFICATE, TH_RESPONDER_IDENTITY, BIT(TH_VCA) | BIT(TH_RESPONDER_DIGESTS) },
	{ CERTIFICATE, TH_EXCHANGE, BIT(TH_RESPONDER_IDENTITY) },
	{ ANY_PSK, TH_EXCHANGE, BIT(TH_VCA) },
	{ CERTIFICATE | ANY_PSK, TH_EXCHANGE_RSP, BIT(TH_EXCHANGE) },
	{ CERTIFICATE, TH_EXCHANGE_SIGNATURE, BIT(TH_EXCHANGE_RSP) },
	{ ENCRYPTED, TH_EXCHANGE_VERIFY, BIT(TH_EXCHANGE_SIGNATURE) },
	{ ANY_PSK, TH_EXCHANGE_VERIFY, BIT(TH_EXCHANGE_RSP) },
	{ ENCRYPTED, TH_REQUESTER_DIGESTS, BIT(TH_EXCHANGE_VERIFY) },
	{ CLEAR, TH_REQUESTER_DIGESTS, BIT(TH_EXCHANGE_SIGNATURE) },
	{ ENCRYPTED, TH_REQUESTER_IDENTITY, BIT(TH_EXCHANGE_VERIFY) | BIT(TH_REQUESTER_DIGESTS) },
	{ CLEAR, TH_REQUESTER_IDENTITY, BIT(TH_EXCHANGE_SIGNATURE) | BIT(TH_REQUESTER_DIGESTS) },
	{ ENCRYPTED, TH_FINISH, BIT(TH_EXCHANGE_VERIFY) | BIT(TH_REQUESTER_IDENTITY) },
	{ CLEAR, TH_FINISH, BIT(TH_EXCHANGE_SIGNATURE) | BIT(TH_REQUESTER_IDENTITY) },
	{ PSK, TH_FINISH, BIT(TH_EXCHANGE_VERIFY) },
	{ CERTIFICATE, TH_FINISH_SIGNATURE, BIT(TH_FINISH) },
	{ CERTIFICATE | PSK, TH_FINISH_VERIFY, BIT(TH_FINISH) | BIT(TH_FINISH_SIGNATURE) },
	{ CERTIFICATE | PSK, TH_FINISH_RSP, BIT(TH_FINISH_VERIFY) },
	{ CLEAR, TH_FINISH_RSP_VERIFY, BIT(TH_FINISH_RSP) },
};

/* The same clause: in which forms a digest is taken, directly after which part. */
static const struct {
	uint32_t forms;
	enum th_use use;
	uint32_t after;
} uses[] = {
	{ CERTIFICATE, TH_USE_EXCHANGE_SIGNATURE, BIT(TH_EXCHANGE_RSP) },
	{ CERTIFICATE, TH_USE_TH1, BIT(TH_EXCHANGE_SIGNATURE) },
	{ ANY_PSK, TH_USE_TH1, BIT(TH_EXCHANGE_RSP) },
	{ CERTIFICATE, TH_USE_FINISH_SIGNATURE, BIT(TH_FINISH) },
	{ CERTIFICATE | PSK, TH_USE_FINISH_VERIFY, BIT(TH_FINISH) | BIT(TH_FINISH_SIGNATURE) },
	{ CLEAR, TH_USE_FINISH_RSP_VERIFY, BIT(TH_FINISH_RSP) },
	{ ENCRYPTED | PSK, TH_USE_TH2, BIT(TH_FINISH_RSP) },
	{ CLEAR, TH_USE_TH2, BIT(TH_FINISH_RSP_VERIFY) },
	{ BIT(TH_PSK_ALONE), TH_USE_TH2, BIT(TH_EXCHANGE_VERIFY) },
};

/* FINISH is signed if the requester's identity is in the transcript, and only then. */
static bool fits_mutual(const struct session_transcript *t, bool is_signature)
{
	bool is_mutual = (t->parts & BIT(TH_REQUESTER_IDENTITY)) != 0;

	return t->last != TH_FINISH || is_mutual == is_signature;
}

static bool may_follow(const struct session_transcript *t, enum th_part part)
{
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		if (order[i].part == part && order[i].forms & BIT(t->form) && order[i].after & BIT(t->last))
			return fits_mutual(t, part == TH_FINISH_SIGNATURE);
	return false;
}

static bool may_use(const struct session_transcript *t, enum th_use use)
{
	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
		if (uses[i].use == use && uses[i].forms & BIT(t->form) && uses[i].after & BIT(t->last))
			return fits_mutual(t, use == TH_USE_FINISH_SIGNATURE);
	return false;
}

void tspdm_session_transcript_close(struct session_transcript *t)
{
	if (t->crypto != NULL) {
		t->crypto->ops->hash_free(t->crypto, t->running);
		t->crypto->ops->hash_free(t->crypto, t->scratch);
	}
	memset(t, 0, sizeof *t);
}

enum tspdm_status tspdm_session_transcript_open(
	struct session_transcript *t, const struct transcript *connection, enum th_form form)
{
	const struct tspdm_crypto_ops *ops = connection->crypto->ops;
	enum tspdm_status status;

	memset(t, 0, sizeof *t);
	if (!connection->is_open)
		return TSPDM_ERR_STATE;
	t->crypto = connection->crypto;
	t->form = form;
	t->last = TH_VCA;
	t->parts = BIT(TH_VCA);
	status = ops->hash_new(t->crypto, connection->hash, &t->running);
	if (status == TSPDM_OK)
		status = ops->hash_new(t->crypto, connection->hash, &t->scratch);
	if (status == TSPDM_OK)
		status = ops->hash_copy(t->crypto, t->running, connection->vca);
	if (status != TSPDM_OK)
		tspdm_session_transcript_close(t);
	return status;
}

enum tspdm_status tspdm_session_transcript_append(
	struct session_transcript *t, enum th_part part, struct tspdm_view bytes)
{
	enum tspdm_status status = TSPDM_ERR_STATE;

	if (t->crypto != NULL && may_follow(t, part))
		status = t->crypto->ops->hash_update(t->crypto, t->running, bytes);
	if (status != TSPDM_OK) {
		tspdm_session_transcript_close(t);
		return status;
	}
	t->last = part;
	t->parts |= BIT(part);
	return TSPDM_OK;
}

enum tspdm_status tspdm_session_transcript_digest(struct session_transcript *t, enum th_use use, uint8_t *digest)
{
	if (t->crypto == NULL || !may_use(t, use))
		return TSPDM_ERR_STATE;
	TSPDM_TRY(t->crypto->ops->hash_copy(t->crypto, t->scratch, t->running));
	return t->crypto->ops->hash_final(t->crypto, t->scratch, digest);
}
