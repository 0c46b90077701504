//! A model in figures: what `tfp model` prints and the page shows about a model.

use serde::Serialize;

use super::architecture::Architecture;
use super::derived::{
    attention_flops_per_context_token, constant_state_elements, flops_per_token, kv_elements,
    kv_elements_per_token, param_count, state_bytes,
};
use super::hf_config::ImportedModel;
use super::number_format::NumberFormat;
use super::records::CatalogueModel;

/// Everything that follows from a model's dimensions.
#[derive(Clone, Debug, Serialize)]
pub struct ModelReport {
    /// Catalogue id; `None` for an imported model.
    pub id: Option<String>,
    /// Display name.
    pub name: String,
    /// Parameters, without multi-token-prediction layers and vision towers.
    pub total_params: f64,
    /// Parameters that one token reads: without the embedding, with the LM head.
    pub active_params: f64,
    /// The same without the LM head.
    pub active_params_core: f64,
    /// The same with the embedding.
    pub active_params_with_embedding: f64,
    /// Multi-token-prediction layers: on top of the total, estimated.
    pub mtp_params: f64,
    /// Parameters by part.
    pub params: PartsReport,
    /// Bytes of KV cache that each token of context adds at 16 bit, indexer keys at 16 bit as well
    /// (the usual convention for comparing models). Layers with a sliding window count as long as
    /// there is a layer without; where every layer has one, the growth up to the window.
    pub kv_bytes_per_token: f64,
    /// The same at 8 bit.
    pub kv_bytes_per_token_fp8: f64,
    /// Elements by token that the two come from.
    pub kv_elements_per_token: f64,
    /// Elements by token while no sliding window is full yet.
    pub kv_elements_per_token_within_window: f64,
    /// Elements one sequence holds however long it gets: full windows and recurrent state.
    pub constant_state_elements: f64,
    /// Bytes of recurrent state of one sequence (FP32 states, BF16 convolutions).
    pub recurrent_state_bytes: f64,
    /// FLOPs of one token, attention over the context excluded.
    pub flops_per_token: f64,
    /// FLOPs more for every token of context, in layers that attend to all of it.
    pub attention_flops_per_context_token: f64,
    /// Longest context, tokens.
    pub max_context: u32,
    /// Number format of the published weights, where the configuration says so.
    pub native_weights: Option<NumberFormat>,
    /// Number format of the published routed experts.
    pub native_experts: Option<NumberFormat>,
    /// The dimensions and layer groups.
    pub architecture: Architecture,
    /// What to know about it.
    pub warnings: Vec<String>,
}

/// Parameters by part.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PartsReport {
    /// Token-mixing layers.
    pub attention: f64,
    /// Dense feed-forward layers.
    pub dense_ffn: f64,
    /// Routed experts.
    pub routed_experts: f64,
    /// Routed experts that one token reads.
    pub routed_experts_active: f64,
    /// Shared experts.
    pub shared_experts: f64,
    /// Routers.
    pub router: f64,
    /// Projections into and out of the experts' latent.
    pub latent: f64,
    /// Input embedding.
    pub embedding: f64,
    /// LM head; 0 where it shares the embedding.
    pub head: f64,
    /// Layer norms.
    pub norms: f64,
    /// Hyper-connections.
    pub hyper_connections: f64,
}

impl ModelReport {
    /// The report on bare dimensions.
    pub fn new(name: &str, architecture: &Architecture) -> Self {
        let p = param_count(architecture);
        let active = p.active();
        let within_window = kv_elements(architecture, 1.0).total();
        let beyond = kv_elements_per_token(architecture).total();
        // A figure of zero would tell a reader that there is no cache at all.
        let growth = if beyond > 0.0 { beyond } else { within_window };
        Self {
            id: None,
            name: name.to_owned(),
            total_params: p.total(),
            active_params: active.with_head,
            active_params_core: active.core,
            active_params_with_embedding: active.with_head_and_embedding,
            mtp_params: p.mtp,
            params: PartsReport {
                attention: p.attention,
                dense_ffn: p.dense_ffn,
                routed_experts: p.routed_experts,
                routed_experts_active: p.routed_experts_active,
                shared_experts: p.shared_experts,
                router: p.router,
                latent: p.latent,
                embedding: p.embedding,
                head: p.head,
                norms: p.norms,
                hyper_connections: p.hyper_connections,
            },
            kv_bytes_per_token: growth * 2.0,
            kv_bytes_per_token_fp8: growth,
            kv_elements_per_token: growth,
            kv_elements_per_token_within_window: within_window,
            constant_state_elements: constant_state_elements(architecture),
            recurrent_state_bytes: state_bytes(architecture),
            flops_per_token: flops_per_token(architecture),
            attention_flops_per_context_token: attention_flops_per_context_token(architecture),
            max_context: architecture.max_context,
            native_weights: None,
            native_experts: None,
            architecture: architecture.clone(),
            warnings: Vec::new(),
        }
    }

    /// The report on a model of the catalogue.
    pub fn of_catalogue(model: &CatalogueModel) -> Self {
        Self {
            id: Some(model.id.clone()),
            ..Self::new(&model.name, &model.architecture)
        }
    }

    /// The report on an imported model.
    pub fn of_import(import: &ImportedModel) -> Self {
        Self {
            native_weights: import.native.weights,
            native_experts: import.native.experts,
            warnings: import.warnings.iter().map(ToString::to_string).collect(),
            ..Self::new(&import.model.name, &import.model.architecture)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, hf_config};

    #[test]
    fn a_catalogue_model_in_figures() {
        let model = Catalogue::embedded().model("deepseek-v3").unwrap();
        let report = ModelReport::of_catalogue(model);
        assert_eq!(report.id.as_deref(), Some("deepseek-v3"));
        assert_eq!(report.kv_bytes_per_token, 70_272.0);
        assert!((report.total_params / 1e9 - 671.026).abs() < 0.001);
        assert!((report.active_params / 1e9 - 36.626).abs() < 0.001);
        let p = &report.params;
        let sum = p.attention
            + p.dense_ffn
            + p.routed_experts
            + p.shared_experts
            + p.router
            + p.latent
            + p.embedding
            + p.head
            + p.norms
            + p.hyper_connections;
        assert_eq!(sum, report.total_params);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["architecture"]["attn"][0]["kind"], "mla");
        assert_eq!(json["architecture"]["ffn"][1]["n"], 58);
    }

    #[test]
    fn an_imported_model_in_figures() {
        // Every layer slides: the growth within the window is reported, not zero.
        let text = r#"{"model_type":"starcoder2","hidden_size":3072,"intermediate_size":12288,
            "num_attention_heads":24,"num_hidden_layers":30,"num_key_value_heads":2,
            "sliding_window":4096,"max_position_embeddings":16384,"vocab_size":49152,
            "torch_dtype":"bfloat16","vision_config":{}}"#;
        let report = ModelReport::of_import(&hf_config::parse(text).unwrap());
        assert_eq!(report.kv_bytes_per_token, 30.0 * 2.0 * 256.0 * 2.0);
        assert_eq!(report.constant_state_elements, 30.0 * 512.0 * 4096.0);
        assert_eq!(report.native_weights, Some(NumberFormat::Bf16));
        assert_eq!(report.warnings.len(), 1);
    }
}
