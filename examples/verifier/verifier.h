/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of tspdm-verifier share: the options, the material read from files, and one appraisal. */
#ifndef VERIFIER_H
#define VERIFIER_H

#include <tspdm/appraisal.h>
#include <tspdm/openssl.h>

#include "../common/common.h"
#include "../common/device_files.h"
#include "../common/evidence_files.h"
#include "../common/keylog.h"
#include "../common/pcap.h"
#include "../common/psk.h"
#include "../common/tee.h"
#include "../common/tls.h"
#include "endpoints.h"

enum evidence_mode {
	EVIDENCE_REQUIRED = 0,
	EVIDENCE_OPTIONAL,
	EVIDENCE_NONE,
};

enum session_mode {
	SESSION_AUTO = 0, /* where the peer can */
	SESSION_REQUIRED,
	SESSION_NEVER,
};

enum { DEFAULT_MAX_MESSAGE = 65000 };

struct options {
	struct endpoints endpoints;
	struct text_list trust;
	struct text_list certs;
	struct tls_options tls;
	struct tee_options tee; /* the verifier's own */
	const char *policy;
	const char *peer_key;
	const char *appraise;
	const char *snp_roots;
	const char *tdx_roots;
	const char *event_log;
	const char *collateral;
	const char *write_policy;
	const char *result, *sign_key;
	bool gives_result;
	const char *bundle;
	const char *check_result, *result_key, *holder;
	uint8_t nonce[64]; /* of --result-nonce */
	size_t nonce_len;
	uint32_t max_age_s;
	struct text_list devices; /* directories with their reports */
	const char *program;      /* name and version, for results */
	enum evidence_mode evidence;
	uint32_t versions, asym, hash, measurement_hash; /* 0: whatever there is */
	bool has_indices;                                /* --measurements named some; else all */
	uint8_t indices[32];                             /* bit set */
	enum session_mode session;
	uint32_t dhe, aead;    /* 0: whatever there is */
	uint32_t capabilities; /* the verifier's own */
	uint32_t enterprise;   /* 0: the default */
	const char *send, *receive;
	const char *get_csr, *set_cert;
	uint8_t set_slot; /* of --set-cert */
	uint32_t heartbeats, key_updates;
	uint32_t hold_s, watch_s;
	uint32_t rounds_s; /* --watch of a fleet: each endpoint anew; watch_s is 0 then */
	uint32_t jobs, connect_retries, retry_delay_ms;
	uint8_t slot;
	bool has_slot;
	uint32_t max_message, data_transfer_size; /* 0: not given */
	uint8_t retries;                          /* as tspdm_requester_config has it */
	uint32_t timeout_s;                       /* 0: the defaults */
	int64_t time;                             /* 0: now */
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	bool has_report_data;
	bool allow_soft_tee;
	bool no_challenge;
	bool is_strict;
	bool is_json;
	bool is_quiet;
	bool wants_help;
	bool wants_version;
	/* Other forms of sessions: identity.c, preshared.c */
	struct text_list caps; /* of --caps, in their order */
	const char *own_certs[TSPDM_SLOTS], *own_keys[TSPDM_SLOTS];
	uint32_t req_asym;
	bool is_key_alone;                     /* the peer knows own_keys[0], and is shown no chain */
	bool wants_mutual, wants_basic_mutual; /* the peer has to ask who the verifier is */
	const char *psk;
	struct pcap_options pcap;
	const char *keylog;
};

/* Reads the command line. On failure `why` says what is wrong with it. */
bool options_read(struct options *o, int argc, char **argv, char *why);
/* Whether they go together; options_read() asks. */
bool options_check(const struct options *o, char *why);
void options_help(void);

/* A device's report of a directory, and what was found. */
struct device_report {
	struct device_files files;
	struct tspdm_device_finding finding;
};

struct appraisal;
struct tasks;

/* Everything that appraisals need and that is read once. */
struct material {
	const struct options *options;
	struct tspdm_crypto *crypto;
	struct tspdm_policy *policy; /* NULL: none was given */
	struct file anchors;         /* concatenated DER of --trust */
	struct file peer_key;        /* DER of --peer-key */
	struct file snp_roots;
	struct file tdx_roots;
	struct file event_log;
	struct files certificates; /* --certs and --collateral */
	struct tspdm_dcap_collateral collateral;
	struct tspdm_view views[256];
	int64_t time;
	struct psk_keys psk;
	struct tee tee; /* the verifier's own */
	struct {
		struct tspdm_openssl_identity *identities[TSPDM_SLOTS];
		struct tspdm_slot slots[TSPDM_SLOTS];
	} own;
	struct pcap_file *pcap; /* NULL: no capture */
	struct keylog *keylog;
	struct file secret;                       /* of --send */
	struct file policy_text;                  /* of --policy; empty: the built-in one */
	struct file sign_key;                     /* of --sign-key */
	struct file set_chain;                    /* DER of --set-cert */
	struct tspdm_tls_context *tls;            /* NULL: as tls:// is by default */
	struct tasks *tasks;                      /* that endpoints are attested in; NULL: there are none */
	struct tspdm_signature_cache *signatures; /* NULL: likewise */
	struct tspdm_chain_cache *chain_cache;    /* NULL: there is no other endpoint that it could be good for */
	unsigned device_count;
	struct device_files devices[TSPDM_DEVICES_MAX]; /* of --device */
	/* Says the outcome, where that is needed before the end; NULL: it is not. */
	bool (*report)(const struct material *m, const struct appraisal *a);
};

/* What --send names, and wiping it. */
bool release_read(struct material *m, const char *value, char *why);
void release_free(struct file *secret);
/* The value of --set-cert, and what it names. */
bool provision_take(struct options *o, const char *value, char *why);
bool provision_read(struct material *m, const char *path, char *why);
/* Whether the options of sessions go together. */
bool session_check_options(const struct material *m, char *why);
/* What is done in a session demands one. */
bool session_demand(struct options *o, const char *option, const char *value, char *why);

bool material_read(struct material *m, const struct options *o, char *why);
void material_free(struct material *m);

/* Devices beside a subject, of --device, and those that the peer vouches for. The records are views of the material, or of
 * what was shown in the session. */
struct attached_devices {
	unsigned count;
	struct attached_device {
		char name[256];
		struct tspdm_device_record record;
		struct tspdm_device_finding *finding;
	} items[TSPDM_DEVICES_MAX];
	struct tspdm_subject_device subjects[TSPDM_DEVICES_MAX];
};

struct bundle_recorder;

/* Of --give-result: the result that the attester was handed last. */
struct given_result {
	char *text;                     /* NULL: there was none */
	enum tspdm_verdict_kind kind;   /* of the verdict that it is about, */
	enum tspdm_status status;       /* which may be lost afterwards */
	char why_not[TSPDM_DETAIL_MAX]; /* it was not taken; empty: nothing is to be said of that */
};

/* One subject with all that it points to, and its verdict. Large, on the heap, and mostly never written to: what is zero
 * from the beginning takes no memory. */
struct appraisal {
	struct tspdm_subject subject;
	struct tspdm_negotiated negotiated;
	struct tspdm_identity identity;
	struct tspdm_measured measured;
	struct tspdm_any_finding evidence;
	struct tspdm_any_finding certificate_evidence;
	struct tspdm_any_finding session_evidence;
	struct device_report *device; /* of a directory; NULL: it is not one */
	struct attached_devices attached;
	struct bundle_recorder *recorder;      /* of --bundle; NULL: nothing is recorded */
	struct file source;                    /* of --appraise */
	struct tspdm_bundle *bundle;           /* in it; NULL: it is none */
	struct tspdm_bundle_subject *replayed; /* what subject points to then */
	struct tspdm_verdict verdict;
	struct tspdm_session_info session; /* the one that was opened; subject.session tells whether */
	struct file received;              /* application data, to be freed */
	struct given_result given;
	char binding_name[32]; /* of the transport; empty: a file */
	uint8_t chain[TSPDM_CHAIN_MAX];
	uint8_t extension[TSPDM_CHAIN_MAX];
	uint8_t certificate_raw[TSPDM_CHAIN_MAX]; /* the evidence in the leaf, in its raw form */
	uint8_t record[131072];                   /* ordinary measurements */
	uint8_t evidence_record[131072];          /* block 0xFD */
	uint8_t session_items[TSPDM_CHAIN_MAX];   /* what was shown in the session */
	uint8_t session_raw[TSPDM_CHAIN_MAX];     /* the evidence among it, in its raw form */
	uint8_t request[TSPDM_CHAIN_MAX + 64];    /* SET_CERTIFICATE is the largest */
	uint8_t spki[1024];                       /* of the identity, which outlives its requester here */
};

/* Attests an endpoint, appraises a file: fill a->subject and a->verdict, and never leave them half said. The appraisal is
 * zero before. */
void attest_endpoint(const struct material *m, const char *endpoint, struct appraisal *a);
void appraise_file(const struct material *m, const char *path, struct appraisal *a);

/* The same for a directory with the signed measurements of a device; its memory is freed by device_free(). */
void appraise_device(const struct material *m, const char *path, struct appraisal *a);
void device_free(struct appraisal *a);
void print_device(const struct tspdm_device_finding *f, const char *bad, const char *end);

/* ---- devices.c ---- */

/* Reads what --device names. */
bool devices_read(struct material *m, const struct options *o, char *why);
/* Puts devices beside a subject, those of the options and its own; those that came in the session. */
void devices_attach(const struct material *m, struct appraisal *a);
void devices_take_items(const struct material *m, struct appraisal *a, struct tspdm_view items);
void devices_free(struct appraisal *a);

/* ---- bundle.c ---- */

/* Begins to record, if the options want it; false: there is no memory. */
bool bundle_begin(const struct material *m, struct appraisal *a);
/* Where a requester shows its messages. */
struct tspdm_observer_hook bundle_hook(const struct appraisal *a);
/* The verdict is made: nothing more is recorded. */
void bundle_close(struct appraisal *a);
/* Makes the bundle of an appraisal; the buffer is to be freed in any case. */
enum tspdm_status bundle_make(const struct material *m, const struct appraisal *a, struct tspdm_buffer *out);
/* Appraises the bundle in a->source. */
void bundle_appraise(const struct material *m, const char *path, struct appraisal *a);
void bundle_free(struct appraisal *a);

/* What evidence is verified by, whichever it is. */
struct tspdm_verify_input verify_input(const struct material *m);
/* Verifies one piece of evidence by the material. `raw` has to last as long as the finding. */
void verify_evidence(const struct material *m, struct tspdm_view raw, struct tspdm_any_finding *finding);

/* Ends an appraisal that did not get as far as judging. */
__attribute__((format(printf, 4, 5))) void give_up(
	struct appraisal *a, const char *check, enum tspdm_status status, const char *format, ...);

/* Writes the application data that came to where the options want it. Returns false where that failed. */
bool print_received(const struct options *o, const struct appraisal *a);

/* ---- result.c: --write-policy and --result ---- */

/* Reads the key, and sees whether files may be written. */
bool outcome_prepare(struct material *m, char *why);
/* Signs what was found of a subject. @param jwt  to be freed with free() */
enum tspdm_status result_sign(
	const struct material *m, const struct tspdm_subject *subject, const struct tspdm_verdict *verdict, char **jwt);
/* Writes the result, if the options want it; false, with the reason on standard error, where that failed. */
bool result_write(const struct material *m, const struct appraisal *a);
/* Writes all that the options want, in the end. */
bool outcome_write(const struct material *m, const struct appraisal *a);
/* The policy that would accept a subject; the buffer is to be freed in any case. False: none would. */
bool suggestion_make(const struct appraisal *a, struct tspdm_buffer *out);
/* Says on standard error what a person must not overlook in it. */
void suggestion_warn(const struct appraisal *a);

enum { NOW_CAP = 32 };
/* The time, as RFC 3339 has it. */
void now_text(char *out);

/* Says the outcome on standard output, as the options want it. Returns false where that failed. */
bool print_appraisal(const struct options *o, const struct appraisal *a);
/* The same where there are many: one line for a person. */
bool print_in_brief(const struct options *o, const struct appraisal *a);
/* The same where it differs from what was said of the same endpoint before. */
bool print_change(const struct options *o, const struct appraisal *a, const char *changes);
/* What the evidence says, for a person. `bad` and `end` are around what is alarming. */
void print_evidence(const struct appraisal *a, const char *bad, const char *end);
void print_hex(struct tspdm_view bytes);
/* Nothing of it may steer the terminal. */
void print_safe(const char *text);
void print_checks(const struct tspdm_checks *checks);

/* ---- hand_over.c: --give-result ---- */

/* The result that was handed over, where it is of the verdict as it is now; NULL: it is not, or there was none. */
const char *hand_over_text(const struct appraisal *a);
/* Says on standard error, once, that and why the result was not taken. */
void hand_over_complain(struct appraisal *a);

/* ---- check_result.c: --check-result ---- */

/* Returns the exit status. */
int check_result(const struct options *o);

/* The exit status of one verdict, and of many. */
int exit_status_of(const struct tspdm_verdict *verdict);
int worse_exit_status(int a, int b);

#endif
