/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What evidence sources of real hardware share: a thread that makes evidence, one request after the other, while the
 * program goes on; and the text that says why it failed. A source embeds struct tspdm_worker first. */
#ifndef TSPDM_EVIDENCE_WORKER_H
#define TSPDM_EVIDENCE_WORKER_H

#include <pthread.h>
#include <sys/types.h>

#include <tspdm/evidence.h>

enum {
	TSPDM_WORKER_REASON_MAX = 512,
	TSPDM_WORKER_NAME_MAX = 80,
};

/* What one request brought; the buffers are malloc'ed and belong to the worker. */
struct tspdm_worker_product {
	struct tspdm_evidence evidence; /* views of the buffers */
	struct tspdm_buffer report, certificates;
	char reason[TSPDM_WORKER_REASON_MAX];
};

struct tspdm_worker {
	struct tspdm_evidence_source base; /* first: the instance is found by it */
	struct tspdm_evidence_source_ops ops;
	char name[TSPDM_WORKER_NAME_MAX];
	/* Makes evidence, on the worker's thread; may block. On failure the product's reason says why. */
	enum tspdm_status (*produce)(
		struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out);
	pthread_mutex_t mutex; /* of all that follows but the reason */
	pthread_cond_t changed;
	pthread_t thread;
	bool has_thread;
	bool is_stopping;
	struct tspdm_evidence_job *jobs; /* in the order of begin(); done ones too */
	struct tspdm_evidence_job *running;
	uint64_t started_us;                  /* the running one */
	uint64_t expected_us;                 /* how long a request takes, by experience */
	char reason[TSPDM_WORKER_REASON_MAX]; /* of the last failed poll(); the caller's thread alone has it */
};

/* Sets up the head of a source that is zero but for its own fields. */
enum tspdm_status tspdm_worker_init(struct tspdm_worker *worker,
	enum tspdm_status (*produce)(struct tspdm_worker *, const uint8_t *, struct tspdm_worker_product *));
/* What the source is called, and whose evidence it gives; before the first request. */
__attribute__((format(printf, 3, 4))) void tspdm_worker_describe(
	struct tspdm_worker *worker, enum tspdm_tee tee, const char *name, ...);
/* Waits for the request that runs, drops the others, and frees the source. NULL is allowed. */
void tspdm_worker_free(struct tspdm_evidence_source *source);
const char *tspdm_worker_reason(const struct tspdm_evidence_source *source);

/* Microseconds of a clock that is never set. */
uint64_t tspdm_worker_now(void);
/* For produce(): waits. False: nobody waits for the request any more, it should give up. */
bool tspdm_worker_pause(struct tspdm_worker *worker, uint64_t us);
/* How a source tries again what failed for now. */
struct tspdm_worker_tries {
	uint32_t attempts;   /* in all */
	uint64_t backoff_us; /* before the second one; doubled each time, to two seconds at most */
	enum tspdm_status (*once)(void *request, const uint8_t *report_data, struct tspdm_worker_product *out);
	void *request;
	bool *is_transient; /* of the request: a failure sets it where another try may do */
};
/* For produce(): what the last try came to. */
enum tspdm_status tspdm_worker_try(struct tspdm_worker *worker, const struct tspdm_worker_tries *tries,
	const uint8_t *report_data, struct tspdm_worker_product *out);
/* Reads a file to its end.
 * @param out  grows by malloc(), also on failure; the caller's to free
 * @retval TSPDM_ERR_SYSTEM     errno says what
 * @retval TSPDM_ERR_TOO_LARGE  larger than any evidence
 * @retval TSPDM_ERR_MEMORY */
enum tspdm_status tspdm_worker_read(ssize_t (*read_file)(int, void *, size_t), int fd, struct tspdm_buffer *out);
/* Empties a product, for another try. */
void tspdm_worker_product_clear(struct tspdm_worker_product *product);
/* Recognises the report, takes the certificates, and checks that the report is about these report data.
 * @param expected  TSPDM_TEE_NONE: any
 * @returns NULL, or what is wrong with it */
const char *tspdm_worker_recognise(
	struct tspdm_worker_product *product, enum tspdm_tee expected, const uint8_t *report_data);

#endif
