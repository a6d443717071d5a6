/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TCB infos and QE identities for tests, built as text in the form of the service's answers. */
#ifndef TESTS_DCAP_TEXTS_H
#define TESTS_DCAP_TEXTS_H

#include <stdio.h>
#include <string.h>

enum { DCAP_TEXT_MAX = 8192 };

#define ZEROS_48 "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define DATES "\"issueDate\":\"2099-12-20T00:00:00Z\",\"nextUpdate\":\"2100-01-19T00:00:00Z\","
#define MODULE                                                                                                         \
	"\"mrsigner\":\"" ZEROS_48 "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\""

struct text_level {
	unsigned sgx0, tdx0, tdx2; /* the first component; the others are zero */
	const char *status;
};

static inline void put(char *out, const char *text)
{
	strncat(out, text, DCAP_TEXT_MAX - 1 - strlen(out));
}

static inline void put_components(char *out, const char *name, unsigned c0, unsigned c2)
{
	char item[32];

	put(out, "\"");
	put(out, name);
	put(out, "\":[");
	for (unsigned i = 0; i < 16; i++) {
		snprintf(item, sizeof item, "%s{\"svn\":%u}", i != 0 ? "," : "", i == 0 ? c0 : i == 2 ? c2 : 0);
		put(out, item);
	}
	put(out, "]");
}

static inline void put_level(char *out, const struct text_level *level)
{
	put(out, "{\"tcb\":{");
	put_components(out, "sgxtcbcomponents", level->sgx0, 0);
	put(out, ",\"pcesvn\":11,");
	put_components(out, "tdxtcbcomponents", level->tdx0, level->tdx2);
	put(out, "},\"tcbDate\":\"2099-01-01T00:00:00Z\",\"tcbStatus\":\"");
	put(out, level->status);
	put(out, "\",\"advisoryIDs\":[\"INTEL-SA-00001\"]}");
}

/* @param modules  the elements of tdxModuleIdentities; NULL: no such member */
static inline void build_tcb_info(
	char *out, const char *fmspc, const struct text_level *levels, size_t count, const char *modules)
{
	out[0] = '\0';
	put(out, "{\"id\":\"TDX\",\"version\":3," DATES "\"fmspc\":\"");
	put(out, fmspc);
	put(out, "\",\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":20,\"tdxModule\":{" MODULE "},");
	if (modules != NULL) {
		put(out, "\"tdxModuleIdentities\":[");
		put(out, modules);
		put(out, "],");
	}
	put(out, "\"tcbLevels\":[");
	for (size_t i = 0; i < count; i++) {
		put(out, i != 0 ? "," : "");
		put_level(out, &levels[i]);
	}
	put(out, "]}");
}

static inline void build_qe_identity(char *out, const char *status)
{
	out[0] = '\0';
	put(out, "{\"id\":\"TD_QE\",\"version\":2," DATES "\"tcbEvaluationDataNumber\":20,\"miscselect\":\"00000000\","
		 "\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"11000000000000000000000000000000\","
		 "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\","
		 "\"mrsigner\":\"DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5\",\"isvprodid\":2,"
		 "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2099-01-01T00:00:00Z\",\"tcbStatus\":\"");
	put(out, status);
	put(out, "\"}]}");
}

#endif
