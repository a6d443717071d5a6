/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A policy as it lies in memory after reading: plain values that appraisal compares with. */
#ifndef TSPDM_APPRAISAL_POLICY_H
#define TSPDM_APPRAISAL_POLICY_H

#include <tspdm/appraisal.h>

/* A reference value: a digest, an identifier, or a text. */
struct policy_value {
	uint8_t len;
	uint8_t bytes[64];
};

/* Any of these; `is_any` stands for "any" written out. Neither: the policy has no such key. */
struct policy_values {
	struct policy_value *items;
	size_t count;
	bool is_any;
};

#define POLICY_PRODUCTS (TSPDM_SNP_TURIN + 1U)

struct policy_floor {
	bool is_given;
	bool is_any;
	struct tspdm_snp_tcb tcb;
};

/* By enum tspdm_snp_product. */
struct policy_floors {
	bool is_given;
	struct policy_floor by_product[POLICY_PRODUCTS];
};

/* The guest policy: what may be allowed to the host (false: must not be), and what must be demanded of it. */
struct policy_guest {
	bool may_debug;
	bool may_migrate_ma;
	bool may_smt;
	bool may_cxl;
	bool must_single_socket;
	bool must_aes_256_xts;
	bool must_disable_rapl;
	bool must_hide_ciphertext;
	bool must_disable_page_swap;
	uint16_t min_abi; /* major in the high byte */
};

struct policy_platform {
	uint32_t must_set;
	uint32_t must_clear;
};

/* An entry for SEV-SNP. */
struct policy_snp {
	uint32_t products; /* bits by enum tspdm_snp_product */
	uint32_t vmpls;    /* bits 0 to 3 */
	uint32_t signers;  /* bits by enum tspdm_snp_signing_key */
	uint32_t min_guest_svn;
	bool require_crl;
	bool allow_provisional;
	bool require_chip_id;
	struct policy_guest guest;
	struct policy_platform platform;
	struct policy_floors min_tcb;
	struct policy_floors min_launch_tcb;
	uint64_t launch_mit_vector;
	uint64_t current_mit_vector;
	struct policy_values measurement;
	struct policy_values host_data;
	struct policy_values id_key_digest;
	struct policy_values author_key_digest;
	struct policy_values family_id;
	struct policy_values image_id;
	struct policy_values report_id;
	struct policy_values chip_id;
	struct policy_values csp_id;
};

enum { POLICY_MASK_MAX = 16, POLICY_RTMRS = 4 };

/* Bits of a field that have to be as given: those of the mask count. */
struct policy_bits {
	bool is_given;
	bool is_any;
	uint8_t value[POLICY_MASK_MAX];
	uint8_t mask[POLICY_MASK_MAX];
};

/* What entries for TDX and SGX have in common: the judgement of collateral over the platform. */
struct policy_quote {
	uint32_t tcb_statuses;           /* TSPDM_TCB_BIT() */
	struct policy_values advisories; /* tolerated */
	bool is_advisories_given;        /* else the status alone decides */
	uint32_t min_evaluation_number;
	uint32_t grace_s;
	bool without_collateral; /* "require_collateral" is false */
	bool require_crl;
	bool may_debug;
	struct policy_values fmspc;
	struct policy_values ppid;
};

struct policy_tdx {
	struct policy_values mr_td;
	struct policy_values rtmr[POLICY_RTMRS];
	struct policy_bits attributes;
	struct policy_bits xfam;
	struct policy_values mr_service_td; /* nothing given: zero */
	struct policy_values mr_seam;
	struct policy_values mr_config_id;
	struct policy_values mr_owner;
	struct policy_values mr_owner_config;
};

struct policy_sgx {
	struct policy_values mr_enclave;
	struct policy_values mr_signer;
	struct policy_values config_id;
	struct policy_values isv_family_id;
	struct policy_values isv_ext_prod_id;
	struct policy_bits attributes;
	bool is_product_given;
	uint32_t isv_prod_id;
	uint32_t min_isv_svn;
	uint32_t min_config_svn;
};

/* An SPDM measurement block that must be there with one of these digests. */
struct policy_block {
	uint32_t index;
	struct policy_values digest;
};

struct policy_blocks {
	struct policy_block *items;
	size_t count;
	bool is_any;
};

enum { POLICY_FWID_HASHES = 6 };

/* An entry for a device: what its signed measurements and its certificates have to say. */
struct policy_device {
	struct policy_blocks measurements;
	bool is_any_fwid;
	struct policy_values fwids[POLICY_FWID_HASHES]; /* by bit position of enum tspdm_hash_algorithm */
	uint32_t flags_forbidden;                       /* enum tspdm_dice_flag */
	uint32_t flags_required;
	uint32_t min_svn;
	bool is_svn_given;
	struct policy_values device_info;
};

struct policy_entry {
	uint32_t tee; /* enum tspdm_tee: which of the following counts */
	struct policy_snp snp;
	struct policy_quote quote; /* TDX and SGX */
	struct policy_tdx tdx;
	struct policy_sgx sgx;
	struct policy_device device;
};

struct policy_entries {
	struct policy_entry *items;
	size_t count;
};

/* Bits of policy_anchors.kinds. */
enum {
	POLICY_ANCHOR_BUILTIN = 1,
	POLICY_ANCHOR_CONFIGURED = 2,
};

struct policy_anchors {
	bool is_given;
	uint32_t kinds;
	struct policy_values pins; /* SHA-256 of a root's SubjectPublicKeyInfo */
};

enum policy_demand {
	POLICY_NONE = 0, /* not looked for; if it is there it must be right all the same */
	POLICY_OPTIONAL,
	POLICY_REQUIRED,
};

struct policy_binding {
	uint32_t certificate; /* enum policy_demand */
	uint32_t measurement;
	uint32_t session;
	uint32_t max_age_s; /* 0: any age */
};

/* 0: the policy has no such key, whatever was negotiated will do. */
struct policy_spdm {
	uint32_t versions; /* TSPDM_VERSION_BIT() */
	uint32_t asym;
	uint32_t hash;
	uint32_t dhe;
	uint32_t aead;
	struct policy_blocks measurements;
};

struct policy_all_anchors {
	struct policy_anchors snp;
	struct policy_anchors tdx;
	struct policy_anchors sgx;
	struct policy_anchors device;
	uint32_t standin; /* POLICY_ANCHOR_BUILTIN or nothing */
};

struct tspdm_policy {
	uint32_t version;
	struct policy_all_anchors anchors;
	struct policy_entries accept;
	struct policy_binding binding;
	struct policy_spdm spdm;
	uint32_t devices; /* at least so many have to be attached */
};

/* Names of PLATFORM_INFO bits, shared by reader, appraisal and suggestion; NULL ends the list. */
struct policy_name {
	const char *name;
	uint32_t bit;
};
extern const struct policy_name tspdm_policy_platform_bits[];

/* The reading of an entry whose "tee" is known, and what it holds; policy_snp.c, policy_quote.c. */
struct policy_reader;
bool tspdm_policy_read_snp(struct policy_reader *r, const void *json, struct policy_entry *entry);
bool tspdm_policy_read_tdx(struct policy_reader *r, const void *json, struct policy_entry *entry);
bool tspdm_policy_read_sgx(struct policy_reader *r, const void *json, struct policy_entry *entry);
bool tspdm_policy_read_device(struct policy_reader *r, const void *json, struct policy_entry *entry);
void tspdm_policy_free_device(struct policy_device *device);
void tspdm_policy_free_blocks(struct policy_blocks *blocks);
void tspdm_policy_free_snp(struct policy_snp *snp);
void tspdm_policy_free_quote(struct policy_entry *entry);

/* Appends the checks of one entry. */
void tspdm_appraise_snp_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_snp_finding *finding);
void tspdm_appraise_tdx_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_tdx_finding *finding);
void tspdm_appraise_sgx_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_sgx_finding *finding);
void tspdm_appraise_device_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_device_finding *finding);

/* Whether the anchor that a finding leads to is one for its kind. */
bool tspdm_policy_allows_anchor(const struct tspdm_policy *policy, const struct tspdm_finding *finding);
/* Appends the checks of the devices that are attached to a subject; no policy: those of verification. */
void tspdm_appraise_devices(
	const struct tspdm_policy *policy, const struct tspdm_subject *subject, struct tspdm_checks *checks);

#endif
