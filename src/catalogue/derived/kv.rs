//! KV cache and recurrent state of one sequence.

use crate::catalogue::architecture::{Architecture, Attention};
use crate::catalogue::number_format::NumberFormat;

/// Bytes of one element of a sparse indexer's keys: 8 bit whatever the KV cache is, plus a 4-byte
/// scale for every 128 (DeepSeek-V3.2's reference code and vLLM's indexer cache: 132 bytes a key).
pub const INDEX_KEY_BYTES: f64 = 132.0 / 128.0;

/// Bytes of an element of a recurrent state (FP32, as Mamba, GDN and KDA kernels keep it).
const STATE_BYTES: f64 = 4.0;

/// Bytes of an element of a short convolution's history (BF16).
const CONVOLUTION_BYTES: f64 = 2.0;

/// Elements in the cache of one sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KvElements {
    /// Keys and values, or latents, in the KV cache's format.
    pub cache: f64,
    /// Keys of sparse indexers, in 8 bit ([`INDEX_KEY_BYTES`]).
    pub index: f64,
}

impl KvElements {
    /// Both kinds.
    pub fn total(self) -> f64 {
        self.cache + self.index
    }

    /// Bytes with the cache in this format.
    pub fn bytes(self, format: NumberFormat) -> f64 {
        self.cache * format.bytes() + self.index * INDEX_KEY_BYTES
    }
}

/// How one layer of a group fills its cache.
#[derive(Clone, Copy, Debug, Default)]
struct LayerCache {
    /// Elements by token, for as long as the context grows.
    unbounded: KvElements,
    /// Elements by token, up to `window` tokens.
    windowed: f64,
    /// Tokens.
    window: f64,
}

/// One layer of this group. Chunked attention holds up to one chunk, as a window does.
fn layer_cache(group: &Attention) -> LayerCache {
    match group {
        Attention::Gqa(g) if g.kv_shared => LayerCache::default(),
        Attention::Gqa(g) => {
            // A shared key and value projection still caches both: they differ by norm and rotation.
            let width = f64::from(g.head_dim) + f64::from(g.value_dim());
            let cache = f64::from(g.kv_heads) * width;
            let window = if g.window > 0 { g.window } else { g.chunk };
            if window > 0 {
                return LayerCache {
                    windowed: cache,
                    window: f64::from(window),
                    ..LayerCache::default()
                };
            }
            // One index key a token: its heads share it.
            let index = if g.index_heads > 0 {
                g.index_head_dim
            } else {
                0
            };
            LayerCache {
                unbounded: KvElements {
                    cache,
                    index: f64::from(index),
                },
                ..LayerCache::default()
            }
        }
        Attention::Mla(g) => {
            let index = if g.index_heads > 0 {
                g.index_head_dim
            } else {
                0
            };
            LayerCache {
                unbounded: KvElements {
                    cache: f64::from(g.kv_lora_rank) + f64::from(g.qk_rope_dim),
                    index: f64::from(index),
                },
                ..LayerCache::default()
            }
        }
        Attention::V4(g) => {
            let width = f64::from(g.kv_heads) * f64::from(g.head_dim);
            let index = if g.index_heads > 0 {
                g.index_head_dim
            } else {
                0
            };
            let per_token = |elements: f64| match g.compress_ratio {
                0 => 0.0,
                ratio => elements / f64::from(ratio),
            };
            LayerCache {
                unbounded: KvElements {
                    cache: per_token(width),
                    index: per_token(f64::from(index)),
                },
                windowed: width,
                window: f64::from(g.window),
            }
        }
        Attention::Mfa {
            kv_heads, head_dim, ..
        } => LayerCache {
            unbounded: KvElements {
                cache: 2.0 * f64::from(*kv_heads) * f64::from(*head_dim),
                index: 0.0,
            },
            ..LayerCache::default()
        },
        Attention::Gdn { .. }
        | Attention::Kda { .. }
        | Attention::Mamba2 { .. }
        | Attention::Lightning { .. } => LayerCache::default(),
    }
}

/// Elements cached for one sequence at this context length, all layers.
pub fn kv_elements(arch: &Architecture, context_tokens: f64) -> KvElements {
    let context = context_tokens.max(0.0);
    let mut sum = KvElements::default();
    for group in &arch.attn {
        let n = f64::from(group.layers());
        let layer = layer_cache(group);
        sum.cache += n * (layer.unbounded.cache * context);
        sum.cache += n * layer.windowed * context.min(layer.window);
        sum.index += n * layer.unbounded.index * context;
    }
    sum
}

/// Elements that every further token of context adds once all windows are full.
pub fn kv_elements_per_token(arch: &Architecture) -> KvElements {
    let mut sum = KvElements::default();
    for group in &arch.attn {
        let n = f64::from(group.layers());
        let layer = layer_cache(group);
        sum.cache += n * layer.unbounded.cache;
        sum.index += n * layer.unbounded.index;
    }
    sum
}

/// Bytes of KV cache of one sequence at this context length: keys, values and latents in `format`,
/// indexer keys in 8 bit, sliding windows and chunks up to their size.
pub fn kv_bytes(arch: &Architecture, context_tokens: f64, format: NumberFormat) -> f64 {
    kv_elements(arch, context_tokens).bytes(format)
}

/// Bytes that every further token of context adds once all windows are full.
pub fn kv_bytes_per_token(arch: &Architecture, format: NumberFormat) -> f64 {
    kv_elements_per_token(arch).bytes(format)
}

/// Elements of the recurrent layers' state of one sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecurrentState {
    /// Matrix or state-space state.
    pub state: f64,
    /// History of the short convolutions.
    pub convolution: f64,
}

/// State of ONE recurrent layer of this group; zero for softmax attention.
pub fn recurrent_state(group: &Attention) -> RecurrentState {
    // A convolution of width w remembers w − 1 tokens.
    let history = |width: f64, conv: u32| width * f64::from(conv.saturating_sub(1));
    match group {
        Attention::Gdn {
            k_heads,
            v_heads,
            k_dim,
            v_dim,
            conv,
            ..
        } => {
            let keys = f64::from(*k_heads) * f64::from(*k_dim);
            let values = f64::from(*v_heads) * f64::from(*v_dim);
            RecurrentState {
                state: values * f64::from(*k_dim),
                convolution: history(2.0 * keys + values, *conv),
            }
        }
        Attention::Kda {
            heads,
            head_dim,
            conv,
            ..
        } => {
            let width = f64::from(*heads) * f64::from(*head_dim);
            RecurrentState {
                state: width * f64::from(*head_dim),
                convolution: history(3.0 * width, *conv),
            }
        }
        Attention::Mamba2 {
            heads,
            head_dim,
            groups,
            state,
            conv,
            ..
        } => {
            let inner = f64::from(*heads) * f64::from(*head_dim);
            let state = f64::from(*state);
            RecurrentState {
                state: inner * state,
                convolution: history(inner + 2.0 * f64::from(*groups) * state, *conv),
            }
        }
        Attention::Lightning {
            heads, head_dim, ..
        } => {
            let dim = f64::from(*head_dim);
            RecurrentState {
                state: f64::from(*heads) * dim * dim,
                convolution: 0.0,
            }
        }
        Attention::Gqa(_) | Attention::Mla(_) | Attention::V4(_) | Attention::Mfa { .. } => {
            RecurrentState::default()
        }
    }
}

/// Bytes of recurrent state of one sequence, all layers; independent of the context length. FP32
/// states and BF16 convolution histories, whatever the KV cache's format.
pub fn state_bytes(arch: &Architecture) -> f64 {
    arch.attn
        .iter()
        .map(|group| {
            let s = recurrent_state(group);
            let layer = s.state * STATE_BYTES + s.convolution * CONVOLUTION_BYTES;
            f64::from(group.layers()) * layer
        })
        .sum()
}

/// Elements that one sequence holds however long it gets: full windows and recurrent state.
pub fn constant_state_elements(arch: &Architecture) -> f64 {
    arch.attn
        .iter()
        .map(|group| {
            let (layer, s) = (layer_cache(group), recurrent_state(group));
            let elements = layer.windowed * layer.window + s.state + s.convolution;
            f64::from(group.layers()) * elements
        })
        .sum()
}
