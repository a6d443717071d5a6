/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * M1/M2 of an authenticated requester. */
#include <string.h>

#include "core/mutual_transcript.h"

void tspdm_mutual_transcript_close(struct mutual_transcript *t)
{
	if (t->connection != NULL) {
		struct tspdm_crypto *crypto = t->connection->crypto;

		crypto->ops->hash_free(crypto, t->running);
		crypto->ops->hash_free(crypto, t->scratch);
	}
	memset(t, 0, sizeof *t);
}

/* 1.1 has no VCA here: that is what deployed implementations do. */
static enum tspdm_status clear(struct mutual_transcript *t)
{
	const struct transcript *c = t->connection;

	if (c->version < TSPDM_V12)
		return c->crypto->ops->hash_reset(c->crypto, t->running);
	return c->crypto->ops->hash_copy(c->crypto, t->running, c->vca);
}

enum tspdm_status tspdm_mutual_transcript_begin(struct mutual_transcript *t, const struct transcript *connection)
{
	struct tspdm_crypto *crypto = connection->crypto;
	enum tspdm_status status;

	memset(t, 0, sizeof *t);
	if (!connection->is_open)
		return TSPDM_ERR_STATE;
	t->connection = connection;
	status = crypto->ops->hash_new(crypto, connection->hash, &t->running);
	if (status == TSPDM_OK)
		status = crypto->ops->hash_new(crypto, connection->hash, &t->scratch);
	if (status == TSPDM_OK)
		status = clear(t);
	if (status != TSPDM_OK)
		tspdm_mutual_transcript_close(t);
	return status;
}

static enum tspdm_status append(
	struct mutual_transcript *t, struct tspdm_hash *to, struct tspdm_view request, struct tspdm_view response)
{
	struct tspdm_crypto *crypto = t->connection->crypto;

	TSPDM_TRY(crypto->ops->hash_update(crypto, to, request));
	return crypto->ops->hash_update(crypto, to, response);
}

enum tspdm_status tspdm_mutual_transcript_b(
	struct mutual_transcript *t, bool is_digests, struct tspdm_view request, struct tspdm_view response)
{
	enum tspdm_status status = TSPDM_OK;

	if (t->connection == NULL)
		return TSPDM_ERR_STATE;
	if (is_digests)
		status = clear(t);
	if (status == TSPDM_OK)
		status = append(t, t->running, request, response);
	if (status != TSPDM_OK)
		tspdm_mutual_transcript_close(t);
	return status;
}

enum tspdm_status tspdm_mutual_transcript_challenge(
	struct mutual_transcript *t, struct tspdm_view request, struct tspdm_view unsigned_response, uint8_t *digest)
{
	struct tspdm_crypto *crypto;

	if (t->connection == NULL)
		return TSPDM_ERR_STATE;
	crypto = t->connection->crypto;
	TSPDM_TRY(crypto->ops->hash_copy(crypto, t->scratch, t->running));
	TSPDM_TRY(append(t, t->scratch, request, unsigned_response));
	return crypto->ops->hash_final(crypto, t->scratch, digest);
}
