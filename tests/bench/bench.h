/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of tspdm-bench share: time and statistics, allocation counts, a requester and a responder joined without
 * a transport, and the floor: the same cryptography made directly on OpenSSL. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <tspdm/openssl.h>
#include <tspdm/requester.h>
#include <tspdm/responder.h>

/* Ends the program: a measurement of something that failed is none. */
void bench_check(bool good, const char *what);
#define CHECK(condition) bench_check((condition), #condition)

/* ---- stats.c ---- */

/* CPU time of this thread in nanoseconds: what other processes take does not count. */
uint64_t bench_now_ns(void);

enum { SERIES_MAX = 4096 };
struct series {
	double value[SERIES_MAX];
	unsigned count;
};
void bench_add(struct series *series, double value);
/* Sorts. `part` of the values are below the result: 0.5 is the median. */
double bench_quantile(struct series *series, double part);

/* ---- heap.c ---- */

/* Allocations while counting is on: of our own code, and of OpenSSL, which has its own functions. */
struct heap {
	uint64_t own_count;
	uint64_t openssl_count;
	size_t live; /* bytes of both since counting began, and the most at once */
	size_t peak;
};
/* Before anything else in the program. */
void bench_heap_init(void);
void bench_heap_start(void);
struct heap bench_heap_stop(void);

/* ---- rig.c ---- */

enum { MESSAGES_MAX = 24, MESSAGE_MAX = 8192, BLOCKS = 5 };

struct suite {
	const char *name;
	uint32_t asym;
	uint32_t hash;
	uint32_t dhe; /* of its sessions */
	uint32_t aead;
	unsigned repeat; /* attestations for each sample: short ones are measured in bundles */
};
extern const struct suite bench_suites[];
extern const unsigned bench_suite_count;

struct recording {
	unsigned count;
	size_t len[MESSAGES_MAX];
	uint8_t bytes[MESSAGES_MAX][MESSAGE_MAX];
};

/* One requester. */
struct asking {
	struct tspdm_requester *requester;
	uint8_t request[256];
	uint8_t chain[4096];
	uint8_t record[2048];
};

/* What all connections of a suite share, and one connection. */
struct rig {
	const struct suite *suite;
	struct tspdm_crypto *crypto; /* of the responder */
	struct tspdm_crypto
		*asker_crypto; /* of the requester: its nonces are known, so that answers can be played again */
	struct tspdm_crypto_ops asker_ops;
	struct tspdm_openssl_identity *identity;
	struct tspdm_slot slot;
	struct tspdm_view root;
	struct tspdm_basic_device device;
	struct tspdm_block blocks[BLOCKS];
	struct asking asking;
	struct tspdm_responder *responder;
	void *requester_memory;
	void *responder_memory;
	int64_t time;
	struct recording full; /* of one attestation: what each role alone is measured with */
	struct recording again;
};

void bench_rig_new(struct rig *rig, const struct suite *suite);
void bench_rig_free(struct rig *rig);

/* Makes and wipes the objects of a connection in their memory. */
void bench_rig_requester(struct rig *rig, struct asking *asking, void *memory);
void bench_rig_responder(struct rig *rig, struct tspdm_responder **responder, void *memory);

/* The jobs of an attestation in their order; `stage` counts up. @returns whether there was one more to begin */
bool bench_begin(struct asking *asking, unsigned *stage, size_t known_len);

/* One attestation between objects that are there. */
void bench_attest(struct asking *asking, struct tspdm_responder *responder);
/* Whole attestations with fresh objects; checked: a failure ends the program. */
void bench_full(struct rig *rig);
void bench_full_responder(struct rig *rig); /* answers the recorded requests */
void bench_full_requester(struct rig *rig); /* takes the recorded responses */
/* The same on objects that have attested before, with the chain known. */
void bench_again_open(struct rig *rig);
void bench_again(struct rig *rig);
void bench_again_close(struct rig *rig);

/* ---- floor.c ---- */

struct floor;
struct floor *bench_floor_new(const struct rig *rig);
void bench_floor_free(struct floor *floor);
void bench_floor_responder(struct floor *floor);
void bench_floor_requester(struct floor *floor);
void bench_floor_again(struct floor *floor); /* both roles, the chain known */
/* A transcript signed; one verified with a key that is there; a chain judged, and one verified with its key. */
void bench_floor_sign(struct floor *floor);
void bench_floor_verify(struct floor *floor);
void bench_floor_judge(struct floor *floor);

/* ---- quiet.c ---- */

/* A connection whose cryptography neither allocates nor uses stack worth naming: what is left is the core's. */
struct quiet;
struct quiet *bench_quiet_new(void);
void bench_quiet_free(struct quiet *quiet);
void bench_quiet_attest(struct quiet *quiet);

/* ---- the measurements ---- */

json_t *bench_attestation(unsigned rounds);
json_t *bench_memory(void);
json_t *bench_records(unsigned rounds);
json_t *bench_sessions(unsigned rounds);
void bench_sessions_once(unsigned suite, unsigned form); /* two of a form */
json_t *bench_evidence(unsigned rounds);
/* One row of it. */
json_t *bench_snp(unsigned rounds);
json_t *bench_tdx(unsigned rounds);
json_t *bench_verification(const char *what, unsigned rounds, void (*verify)(void *context),
	void (*floor_once)(void *context), void *context);
json_t *bench_scaling(unsigned rounds, unsigned most);

#endif
