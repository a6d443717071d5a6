/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A crypto vtable that does nothing, for scripts/code-size: it shows how large the rest is. Never run. */
#ifndef TESTS_BENCH_SIZE_STUB_H
#define TESTS_BENCH_SIZE_STUB_H

#include <tspdm/crypto.h>

static void stub_supported(struct tspdm_crypto *crypto, struct tspdm_crypto_support *out)
{
	(void)crypto;
	*out = (struct tspdm_crypto_support){ .hash = TSPDM_HASH_SHA384, .asym = TSPDM_ASYM_ECDSA_P384 };
}

static enum tspdm_status stub_random(struct tspdm_crypto *crypto, uint8_t *out, size_t len)
{
	(void)crypto, (void)out, (void)len;
	return TSPDM_ERR_RANDOM;
}

static const struct tspdm_crypto_ops stub_ops = {
	.size = sizeof stub_ops, .name = "stub", .supported = stub_supported, .random = stub_random
};

#endif
