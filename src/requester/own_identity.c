/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The requester's own identity: its slots, or its provisioned public key, as the connection sees them. */
#include <string.h>

#include "core/chain.h"
#include "requester/requester.h"

enum { ANSWER_MIN = 640 }; /* DIGESTS of eight slots, CHALLENGE_AUTH and FINISH with the largest signature */

#define ANSWERING (TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP | TSPDM_CAP_PUB_KEY_ID)

static bool has_chain(const struct tspdm_slot *slot)
{
	return slot->certificates.len != 0 && slot->signer != NULL;
}

static uint32_t signing_algorithms(const struct tspdm_requester_config *c)
{
	uint32_t asym = 0;

	if ((c->capabilities & TSPDM_CAP_PUB_KEY_ID) != 0)
		return c->public_key->asym;
	for (size_t i = 0; i < c->slot_count; i++)
		if (has_chain(&c->slots[i]))
			asym |= c->slots[i].asym;
	return asym;
}

/* What the flags announce must be there. */
static enum tspdm_status check_means(const struct tspdm_requester_config *c)
{
	const struct tspdm_slot *key = c->public_key;
	bool is_provisioned = false;

	if (c->slot_count > TSPDM_SLOTS || (c->slot_count != 0 && c->slots == NULL))
		return TSPDM_ERR_ARGUMENT;
	if ((c->capabilities & ANSWERING) != 0 && c->request_len < ANSWER_MIN)
		return TSPDM_ERR_ARGUMENT;
	for (size_t i = 0; i < c->slot_count; i++)
		is_provisioned = is_provisioned || has_chain(&c->slots[i]);
	if ((c->capabilities & TSPDM_CAP_CERT) != 0 && !is_provisioned)
		return TSPDM_ERR_ARGUMENT;
	if ((c->capabilities & TSPDM_CAP_PUB_KEY_ID) != 0 && (key == NULL || key->spki.len == 0 || key->signer == NULL))
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_take_identity(struct tspdm_requester *r)
{
	const struct tspdm_requester_config *c = &r->config;
	uint32_t known = tspdm_algorithms_of_version(TSPDM_KIND_ASYM, UINT16_MAX, TSPDM_V14), able;

	TSPDM_TRY(check_means(c));
	able = signing_algorithms(c) & known;
	if ((c->req_asym & ~able) != 0)
		return TSPDM_ERR_UNSUPPORTED;
	able = c->req_asym != 0 ? c->req_asym : tspdm_default_algorithms(TSPDM_KIND_ASYM, able);
	if ((c->capabilities & TSPDM_CAP_MUT_AUTH) != 0 && able == 0)
		return TSPDM_ERR_UNSUPPORTED;
	r->offer.req_asym = (uint16_t)able;
	return TSPDM_OK;
}

uint32_t tspdm_requester_own_asym(const struct tspdm_requester *r)
{
	return r->c.selected.tables.supported[TSPDM_ALG_REQ_ASYM];
}

struct tspdm_shape tspdm_requester_own_shape(const struct tspdm_requester *r)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);

	shape.signature_len = (uint16_t)tspdm_algorithm_size(TSPDM_KIND_ASYM, tspdm_requester_own_asym(r));
	return shape;
}

/* Where no algorithm was selected for the requester nothing is ever signed, and any chain may be shown. */
static bool fits(const struct tspdm_requester *r, const struct tspdm_slot *slot)
{
	uint32_t asym = tspdm_requester_own_asym(r);

	return asym == 0 || (slot->asym & asym) != 0;
}

enum tspdm_status tspdm_requester_own_slot(
	const struct tspdm_requester *r, unsigned number, const struct tspdm_slot **slot)
{
	const struct tspdm_requester_config *c = &r->config;

	if (number == TSPDM_SLOT_PUBLIC_KEY && (c->capabilities & TSPDM_CAP_PUB_KEY_ID) != 0)
		*slot = c->public_key;
	else if (number < c->slot_count && (c->capabilities & TSPDM_CAP_CERT) != 0 && has_chain(&c->slots[number]))
		*slot = &c->slots[number];
	else
		return TSPDM_ERR_SLOT;
	return fits(r, *slot) ? TSPDM_OK : TSPDM_ERR_SLOT;
}

uint8_t tspdm_requester_own_slots(const struct tspdm_requester *r)
{
	const struct tspdm_slot *slot;
	uint8_t mask = 0;

	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		if (tspdm_requester_own_slot(r, i, &slot) == TSPDM_OK)
			mask |= (uint8_t)(1U << i);
	return mask;
}

enum tspdm_status tspdm_requester_own_image(
	struct tspdm_requester *r, const struct tspdm_slot *slot, struct chain_image *image)
{
	size_t hash_len = tspdm_connection_shape(&r->c).hash_len;

	if (r->digest == NULL) /* no base hash was selected: nothing is signed on this connection */
		return TSPDM_ERR_STATE;
	return tspdm_chain_image(image, r->config.crypto, r->digest, hash_len, r->c.version, slot);
}

enum tspdm_status tspdm_requester_own_digest(struct tspdm_requester *r, unsigned number, uint8_t *digest)
{
	const struct tspdm_slot *slot;
	struct chain_image image;

	TSPDM_TRY(tspdm_requester_own_slot(r, number, &slot));
	if (r->digest == NULL)
		return TSPDM_ERR_STATE;
	if (number == TSPDM_SLOT_PUBLIC_KEY)
		return tspdm_digest(r->config.crypto, r->digest, slot->spki, digest);
	TSPDM_TRY(tspdm_requester_own_image(r, slot, &image));
	return tspdm_chain_digest(&image, r->config.crypto, r->digest, digest);
}
