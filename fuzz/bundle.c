/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes bundles: the input is the content of one, around which its label and digest are put. What is read is written the
 * same again, lies inside, and without a trusted root nothing of it may be accepted. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/bundle.h>
#include <tspdm/openssl.h>

#include "base/cursor.h"
#include "core/digest.h"

enum { CONTENT_MAX = 65535, ROOM = CONTENT_MAX + 128, DIGEST_LEN = 48 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t file[ROOM], again[ROOM];
static struct tspdm_bundle bundle;
static struct tspdm_verdict verdict;

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

/* Label, content in the shortest form, digest. */
static struct tspdm_view wrap(struct tspdm_crypto *crypto, struct tspdm_view content)
{
	static const uint8_t label[] = "\x83\x6etspdm.bundle/1";
	struct tspdm_buffer out = { file, sizeof file, 0 };
	uint8_t digest[TSPDM_HASH_MAX];

	write_view(&out, (struct tspdm_view){ label, sizeof label - 1 });
	if (content.len < 24) {
		write_u8(&out, (uint8_t)(0x40 + content.len));
	} else if (content.len < 256) {
		write_u8(&out, 0x58);
		write_u8(&out, (uint8_t)content.len);
	} else {
		write_u8(&out, 0x59);
		write_u8(&out, (uint8_t)(content.len >> 8));
		write_u8(&out, (uint8_t)content.len);
	}
	write_view(&out, content);
	check(tspdm_digest_once(crypto, TSPDM_HASH_SHA384, content, digest) == TSPDM_OK);
	write_u8(&out, 0x58);
	write_u8(&out, DIGEST_LEN);
	write_view(&out, (struct tspdm_view){ digest, DIGEST_LEN });
	check(write_end(&out) == TSPDM_OK);
	return tspdm_buffer_view(&out);
}

static void check_messages(void)
{
	struct tspdm_view rest = bundle.messages;
	struct tspdm_bundle_message m;
	uint32_t count = 0;

	for (; rest.len != 0; count++) {
		check(tspdm_bundle_next_message(&rest, &m) == TSPDM_OK);
		check(m.bytes.len != 0 && m.bytes.ptr >= file &&
			m.bytes.len <= (size_t)(file + sizeof file - m.bytes.ptr));
	}
	check(count == bundle.message_count);
}

static void check_appraisal(struct tspdm_crypto *crypto)
{
	static struct tspdm_policy *policy;
	const struct tspdm_verify_input verify = {
		.size = sizeof verify, .no_builtin_roots = true, .time = 1767225600
	};
	struct tspdm_bundle_input input = { .size = sizeof input, .bundle = &bundle, .verify = &verify };
	struct tspdm_bundle_subject *subject;

	check(policy != NULL || tspdm_policy_genuine(&policy) == TSPDM_OK);
	for (unsigned i = 0; i < 2; i++) {
		input.evidence_wanted = i == 0;
		check(tspdm_bundle_subject_new(crypto, &input, &subject) == TSPDM_OK);
		tspdm_appraise(policy, tspdm_bundle_subject(subject), &verdict);
		check(verdict.kind == TSPDM_VERDICT_ERROR || verdict.kind == TSPDM_VERDICT_REJECT);
		tspdm_bundle_subject_free(subject);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tspdm_crypto *crypto;
	struct tspdm_buffer out = { again, sizeof again, 0 };
	struct tspdm_view whole;
	char why[128] = "";

	if (size > CONTENT_MAX || (crypto == NULL && tspdm_openssl_new(&crypto) != TSPDM_OK))
		return 0;
	check(tspdm_bundle_read(crypto, (struct tspdm_view){ data, size }, &bundle, why, sizeof why) != TSPDM_OK ||
		tspdm_bundle_is((struct tspdm_view){ data, size }));
	whole = wrap(crypto, (struct tspdm_view){ data, size });
	if (tspdm_bundle_read(crypto, whole, &bundle, why, sizeof why) != TSPDM_OK) {
		check(why[0] != '\0' && bundle.message_count == 0 && bundle.device_count == 0);
		return 0;
	}
	check(tspdm_bundle_write(crypto, &bundle, &out) == TSPDM_OK);
	check(out.len == whole.len && memcmp(again, file, out.len) == 0);
	check_messages();
	check_appraisal(crypto);
	return 0;
}
