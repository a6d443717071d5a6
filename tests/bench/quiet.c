/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A connection over the harnesses' crypto vtable without cryptography, with hashes from a table instead of the heap. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#include "../../fuzz/fake_crypto.h"

enum { HASHES = 12, CERTIFICATE_LEN = 600 };

struct tspdm_public_key {
	uint8_t nothing;
};

struct quiet {
	struct fake_crypto crypto; /* first: a struct tspdm_crypto * is one of these */
	struct tspdm_crypto_ops ops;
	struct tspdm_hash hashes[HASHES];
	bool is_taken[HASHES];
	struct tspdm_public_key key;
	struct tspdm_signer signer;
	struct tspdm_basic_device device;
	struct tspdm_block block;
	uint8_t certificate[CERTIFICATE_LEN];
	struct asking asking;
	struct tspdm_responder *responder;
	void *requester_memory;
	void *responder_memory;
};

static enum tspdm_status hash_new(struct tspdm_crypto *crypto, uint32_t algorithm, struct tspdm_hash **out)
{
	struct quiet *quiet = (struct quiet *)crypto;

	for (unsigned i = 0; i < HASHES; i++) {
		if (quiet->is_taken[i])
			continue;
		quiet->is_taken[i] = true;
		*out = &quiet->hashes[i];
		(*out)->algorithm = algorithm;
		fake_hash_start(*out);
		return TSPDM_OK;
	}
	return TSPDM_ERR_MEMORY;
}

static void hash_free(struct tspdm_crypto *crypto, struct tspdm_hash *hash)
{
	struct quiet *quiet = (struct quiet *)crypto;

	if (hash != NULL)
		quiet->is_taken[hash - quiet->hashes] = false;
}

static enum tspdm_status sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	(void)signer, (void)pending;
	for (size_t i = 0; i < signature->cap; i++)
		signature->ptr[i] = fake_signature_byte(tbs->data, i);
	signature->len = signature->cap;
	return TSPDM_OK;
}

static void cancel(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	(void)signer, (void)pending;
}

static enum tspdm_status verify(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
	const struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	(void)crypto, (void)key;
	for (size_t i = 0; i < signature.len; i++)
		if (signature.ptr[i] != fake_signature_byte(tbs->data, i))
			return TSPDM_ERR_SIGNATURE;
	return TSPDM_OK;
}

static enum tspdm_status check_chain(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *check, struct tspdm_chain_result *result)
{
	*result = (struct tspdm_chain_result){
		.leaf_key = &((struct quiet *)crypto)->key, .leaf = check->certificates, .is_anchored = true
	};
	return TSPDM_OK;
}

static enum tspdm_status key_spki(
	struct tspdm_crypto *crypto, const struct tspdm_public_key *key, struct tspdm_buffer *out)
{
	(void)crypto, (void)key;
	memset(out->ptr, 1, 90);
	out->len = 90;
	return TSPDM_OK;
}

static void key_free(struct tspdm_crypto *crypto, struct tspdm_public_key *key)
{
	(void)crypto, (void)key;
}

static const struct tspdm_signer_ops signer_ops = { sizeof signer_ops, "quiet", sign, cancel };

static void set_crypto(struct quiet *quiet)
{
	quiet->ops = fake_crypto_ops;
	quiet->ops.hash_new = hash_new;
	quiet->ops.hash_free = hash_free;
	quiet->ops.verify = verify;
	quiet->ops.check_chain = check_chain;
	quiet->ops.public_key_spki = key_spki;
	quiet->ops.public_key_free = key_free;
	quiet->crypto.base.ops = &quiet->ops;
}

static void set_device(struct quiet *quiet)
{
	static const uint8_t head[] = { 0x30, 0x82, (CERTIFICATE_LEN - 4) >> 8, (CERTIFICATE_LEN - 4) & 0xFF };

	memcpy(quiet->certificate, head, sizeof head);
	quiet->signer.ops = &signer_ops;
	tspdm_basic_device_init(&quiet->device);
	quiet->device.slots[0] = (struct tspdm_slot){
		.certificates = { quiet->certificate, sizeof quiet->certificate },
		.spki = { quiet->certificate, 90 },
		.asym = TSPDM_ASYM_ECDSA_P384,
		.signer = &quiet->signer,
	};
	quiet->block = (struct tspdm_block){ 1, TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true,
		{ quiet->certificate, 500 } };
	quiet->device.blocks = &quiet->block;
	quiet->device.block_count = 1;
}

struct quiet *bench_quiet_new(void)
{
	struct quiet *quiet = calloc(1, sizeof *quiet);

	CHECK(quiet != NULL);
	quiet->requester_memory = malloc(tspdm_requester_size());
	quiet->responder_memory = malloc(tspdm_responder_size());
	CHECK(quiet->requester_memory != NULL && quiet->responder_memory != NULL);
	set_crypto(quiet);
	set_device(quiet);
	return quiet;
}

void bench_quiet_free(struct quiet *quiet)
{
	free(quiet->requester_memory);
	free(quiet->responder_memory);
	free(quiet);
}

void bench_quiet_attest(struct quiet *quiet)
{
	const struct tspdm_requester_config asking = {
		.size = sizeof asking,
		.crypto = &quiet->crypto.base,
		.binding = &tspdm_binding_tcp,
		.request = quiet->asking.request,
		.request_len = sizeof quiet->asking.request,
	};
	const struct tspdm_responder_config answering = {
		.size = sizeof answering,
		.crypto = &quiet->crypto.base,
		.device = &quiet->device.base,
		.binding = &tspdm_binding_tcp,
	};

	CHECK(tspdm_requester_init(
		      quiet->requester_memory, tspdm_requester_size(), &asking, &quiet->asking.requester) == TSPDM_OK);
	CHECK(tspdm_responder_init(quiet->responder_memory, tspdm_responder_size(), &answering, &quiet->responder) ==
		TSPDM_OK);
	bench_attest(&quiet->asking, quiet->responder);
	tspdm_requester_wipe(quiet->asking.requester);
	tspdm_responder_wipe(quiet->responder);
}
