//! The top bar: name, tabs, undo and redo, language, theme, share.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::share::ShareDialog;
use super::views::View;
use crate::controls::{HistoryButtons, Icon, IconView};
use crate::platform;
use crate::state::{App, Theme};
use crate::texts;

/// The top bar.
#[component]
pub fn TopBar(
    /// The keys dialog, opened from the menu too.
    keys_dialog: NodeRef<Dialog>,
) -> impl IntoView {
    let app = App::here();
    let share = NodeRef::<Dialog>::new();
    let other = move || app.locale.get().other();
    // Views, undo and sharing are for whoever plans, not for whoever received a quote.
    let own = move || !app.is_quote();
    let tools = move || {
        view! {
            <nav class="tabs" aria-label=move || app.say(texts::views)>
                {View::ALL.iter().map(|&v| view! { <Tab view=v /> }).collect_view()}
            </nav>
            <HistoryButtons />
        }
        .into_any()
    };
    view! {
        <header class="top" class:bare=move || app.is_quote()>
            <div class="brand">
                <svg width="20" height="16" viewBox="0 0 20 16" aria-hidden="true">
                    <path d="M0 0h4v4H0zM8 0h4v4H8zM0 6h4v4H0zM8 6h4v4H8zM16 6h4v4h-4zM0 12h4v4H0zM8 12h4v4H8zM16 12h4v4h-4z" />
                </svg>
                <span>{move || app.say(texts::app_name)}</span>
            </div>
            {move || own().then(tools)}
            // Named in its own language, as the reader who needs it knows it.
            <button class="btn" lang=move || other().tag() on:click=move |_| app.choose_locale(app.locale.get_untracked().other())>
                {move || language_name(other())}
            </button>
            <ThemeMenu />
            {move || own().then(|| view! {
                <button class="btn icon help" aria-label=move || app.say(super::keys::title) title=move || format!("{} (?)", app.say(super::keys::title))
                    on:click=move |_| platform::open_dialog(keys_dialog)><IconView icon=Icon::Help /></button>
                <button class="btn main" on:click=move |_| platform::open_dialog(share)>{move || app.say(texts::share)}</button>
            }.into_any())}
        </header>
        <ShareDialog node=share />
    }
}

fn language_name(locale: texts::Locale) -> &'static str {
    match locale {
        texts::Locale::En => "English",
        texts::Locale::Zh => "中文",
    }
}

#[component]
fn Tab(view: View) -> impl IntoView {
    let app = App::here();
    let current = move || (app.view.get() == view).then_some("page");
    view! {
        <a href=format!("#v=1&view={}", view.key()) aria-current=current on:click=move |event| {
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                app.show(view);
            }
        }>{move || app.say(view.title())}</a>
    }
}

/// A small popover with the three themes.
#[component]
fn ThemeMenu() -> impl IntoView {
    let app = App::here();
    let option = move |theme: Theme, title: texts::Text| {
        view! {
            <label class="menu-option">
                <input type="radio" name="theme" prop:checked=move || app.theme.get() == theme on:change=move |_| app.choose_theme(theme) />
                <span>{move || app.say(title)}</span>
            </label>
        }
    };
    view! {
        <button id="theme-button" class="btn icon" popovertarget="theme-menu" aria-label=move || app.say(texts::theme) title=move || app.say(texts::theme)>
            <IconView icon=Icon::Theme />
        </button>
        <fieldset id="theme-menu" class="panel menu" popover="auto" on:toggle=move |_| platform::place_panel("theme-button", "theme-menu")>
            <legend class="visually-hidden">{move || app.say(texts::theme)}</legend>
            {option(Theme::System, theme_system)}
            {option(Theme::Light, theme_light)}
            {option(Theme::Dark, theme_dark)}
        </fieldset>
    }
}

crate::texts! {
    theme_system = "As the system", "跟随系统";
    theme_light = "Light", "浅色";
    theme_dark = "Dark", "深色";
}
