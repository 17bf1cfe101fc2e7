var{abs:dt,ceil:Bt,cos:Ut,floor:Vt,max:m,min:h,round:v,sin:Ht,sqrt:mt,PI:Kt}=Math,y=t=>Array.from({length:t},(e,r)=>r),C=(t,e)=>h(e-1,m(0,t));var ft={" ":"␣","\n":"↵","	":"⇥"},ht=/[\0- \x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff]/g;function M(t){return t.replace(ht,e=>ft[e]??_(e))||"∅"}var xt=/[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;function $(t){return t.replace(xt,_)}var O=t=>t&&`⁨${t}⁩`;function _(t){return`‹${t.charCodeAt(0).toString(16).padStart(4,"0")}›`}var gt=/^[ -~]*$/;function bt(t){return gt.test(t)?t.split(""):Array.from(new Intl.Segmenter().segment(t),({segment:e})=>e)}function z(t,e){if(t.length<=e)return t;let r=bt(t);return r.length<=e?t:r.slice(0,e-1).join("")+"…"}function f(t){let e=100*t;return e>=9.95?`${v(e)} %`:e>=.05?`${e.toFixed(1).replace(".0","")} %`:e>0?"< 0.1 %":"0 %"}var E=t=>String(t).replace(/\B(?=(\d{3})+$)/g,","),A=(t,e)=>`${E(t)} ${e}${t===1?"":"s"}`;var x="";function l(t,e={},...r){let n=document.createElement(t);for(let[o,a]of Object.entries(e))q(n,o,a);return n.append(...r),n}function q(t,e,r){r===!1||r===null?t.removeAttribute(e):t.setAttribute(e,r===!0?"":String(r))}function T(t,e){!e&&t.contains(document.activeElement)&&t.closest(".lmkit-figure").focus(),t.hidden=!e}function kt(t,e,r){let n=l("button",{type:"button",class:"lmkit-button","aria-pressed":"false"},t);return n.addEventListener("click",e,{signal:r}),n}function D(t,e,r,{store:n,signal:o}){let a=kt(t,()=>n.set(r(n.get())),o);return{element:a,update:({state:i})=>q(a,"aria-pressed",`${e(i)}`)}}function R(t,e,r,n,{store:o,signal:a}){let i=l("select",{class:"lmkit-select","aria-label":t},...e.map(([,s],p)=>l("option",{value:p},s)));return i.addEventListener("change",()=>o.set(n(e[i.value][0])),{signal:a}),{element:i,update:({state:s})=>{i.selectedIndex=e.findIndex(([p])=>p===r(s))}}}function F(t,...e){return{element:l("div",{class:"lmkit-bar"},...e),update:r=>t.forEach(n=>n.update(r))}}function B(t){return t.split(x).map((e,r)=>r%2?l("bdi",{},e):e)}var N=`.lmkit-figure {
--lmkit-page: var(--pst-color-background, var(--jp-layout-color0, light-dark(#fff, #14181e)));
--lmkit-panel: var(--pst-color-surface, var(--jp-layout-color1, light-dark(#f7f8fb, #1b212a)));
--lmkit-ink: var(--pst-color-text-base, var(--jp-ui-font-color1, light-dark(#1d2433, #e6e9f0)));
--lmkit-quiet: var(--pst-color-text-muted, light-dark(#5b6478, #a3acbd));
--lmkit-line: var(--pst-color-border, var(--jp-border-color2, light-dark(#d9dee8, #343c4a)));
--lmkit-accent: light-dark(#b3400f, #ffb37a);
--lmkit-focus: light-dark(#0a58ca, #7fb4ff);
--lmkit-weight: light-dark(#123470, #ffd67a);
--lmkit-loss: light-dark(#8a5a00, #8cb8ff);
--lmkit-mono: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
--lmkit-border: 1px solid var(--lmkit-line);
container-type: inline-size;
padding: 14px 16px 12px;
border: var(--lmkit-border);
border-radius: 10px;
background: var(--lmkit-panel);
color: var(--lmkit-ink);
color-scheme: light;
font: 14px/1.5 var(--pst-font-family-base, var(--jp-ui-font-family, system-ui, sans-serif));
text-align: start;
print-color-adjust: exact;
&[data-lmkit-theme="dark"] { color-scheme: dark }
&, * { box-sizing: border-box }
[hidden] { display: none !important }
:focus-visible { outline: 2px solid var(--lmkit-focus); outline-offset: 2px }
b { color: var(--lmkit-ink); font-weight: 650 }
canvas { display: block; max-width: none; margin: 0; touch-action: manipulation }
.lmkit-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; margin: 0 0 10px }
.lmkit-title { flex: 1 auto; b { margin-inline-end: 6px; font-size: 16px } }
.lmkit-button, .lmkit-select, .lmkit-chip {
min-height: 28px; max-width: 100%; margin: 0; padding: 2px 10px;
border: var(--lmkit-border); border-radius: 6px; background: var(--lmkit-page); box-shadow: none;
color: var(--lmkit-ink); font-family: inherit; font-size: 13px; line-height: 20px; cursor: pointer;
&:hover { border-color: var(--lmkit-quiet) }
&[aria-pressed="true"], &[aria-checked="true"] { z-index: 1; border-color: var(--lmkit-accent) }
&[aria-pressed="true"] { color: var(--lmkit-accent); font-weight: 600 }
}
.lmkit-segments { display: flex;
> * { position: relative; border-radius: 0 }
> * + * { margin-inline-start: -1px }
> :first-child { border-radius: 6px 0 0 6px }
> :last-child { border-radius: 0 6px 6px 0 }
}
.lmkit-words { display: flex; flex-wrap: wrap; gap: 4px; margin: 10px -4px 0; padding: 4px; max-height: 192px; overflow-y: auto }
.lmkit-chip { min-width: 30px; padding: 1px 7px 2px; font: 14px/22px var(--lmkit-mono); text-align: center; white-space: nowrap; unicode-bidi: isolate;
> span { display: block; height: 14px; direction: ltr; font-size: 10px; line-height: 14px }
&[aria-checked="true"] { box-shadow: 0 0 0 1px var(--lmkit-accent) }
}
.lmkit-title, .lmkit-say, .lmkit-help, caption { margin: 0; color: var(--lmkit-quiet) }
.lmkit-say { display: block; min-height: 42px; margin: 10px 0 4px; overflow-wrap: anywhere }
.lmkit-help { margin-top: 4px; font-size: 12px }
.lmkit-table { max-height: 320px; margin: 10px 0 0; overflow: auto; border: var(--lmkit-border); border-radius: 6px; background: var(--lmkit-page);
table { width: 100%; margin: 0; border: 0; border-collapse: collapse; font-size: 13px }
tr { border: 0; border-top: var(--lmkit-border); background: none; color: var(--lmkit-ink) }
th, td, caption { padding: 3px 10px; border: 0; background: none; font-weight: 400; text-align: start; white-space: nowrap; caption-side: top }
th, td { color: inherit }
[aria-current] th { color: var(--lmkit-accent); font-weight: 600 }
}
.lmkit-two-up { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px 24px }
.lmkit-guesses { display: block; max-height: none; margin: 0 -4px;
.lmkit-chip { display: flex; gap: 12px; width: 100%; margin-bottom: 2px; direction: ltr; background: linear-gradient(color-mix(in srgb, var(--lmkit-weight) 25%, transparent) 0 0) no-repeat 0 / var(--part) }
[data-rank]::before { content: attr(data-rank); min-width: 36px; color: var(--lmkit-quiet); text-align: end }
span { flex: 1; height: auto; font: inherit; text-align: end }
}
.lmkit-passages { margin: 4px 0 14px; padding: 0; list-style: none; font-size: 14px;
li { display: flex; gap: 12px; margin: 0; padding: 3px 0 }
small { min-width: 36px; color: var(--lmkit-quiet); text-align: end; line-height: 22px }
li > span { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 22px }
span > *, mark { padding: 1px 0; border-radius: 2px; background: none; color: inherit }
mark { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px }
}
bdi { font-family: var(--lmkit-mono) }
@container (max-width: 560px) { .lmkit-two-up { grid-template-columns: 100% } }
}
.lmkit-error { margin: 0; padding: 10px 14px; border: 1px solid; border-radius: 10px; background: #fff6f2; color: #7a2a08 }
@media (max-width: 400px) { .lmkit-figure { padding-inline: 8px } }
@media print {
.lmkit-figure { break-inside: avoid; .lmkit-button, .lmkit-select, .lmkit-help { display: none } .lmkit-words { max-height: none } }
}
@media (prefers-reduced-motion: reduce) { .lmkit-figure * { transition: none !important } }
`;var L=({key:t,shiftKey:e,ctrlKey:r,metaKey:n,altKey:o})=>r||n||o||e&&t==="Enter";function U(t,e,r){t.addEventListener("keydown",n=>{let o=e[n.key];!o||L(n)||o(n)!==!1&&(n.preventDefault(),n.stopPropagation())},{signal:r})}function V(){let{documentElement:t,body:e}=document;return t.dataset.theme?t.dataset.theme==="dark":e.dataset.jpThemeLight?e.dataset.jpThemeLight==="false":/\bvscode-(dark|light|high-contrast)/.test(e.className)?!e.className.includes("light"):t.hasAttribute("theme")?t.getAttribute("theme")==="dark":matchMedia("(prefers-color-scheme: dark)").matches}function H(t,e){let r=new MutationObserver(()=>requestAnimationFrame(()=>e.aborted||t())),n=["class","data-theme","data-jp-theme-light","data-jp-theme-name","theme"];for(let o of[document.documentElement,document.body])r.observe(o,{attributeFilter:n});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",t,{signal:e}),e.addEventListener("abort",()=>r.disconnect())}function K(t,e,r){w("lmkit-styles",N);let n=l("div",{class:"lmkit-figure",role:"group","aria-label":e,tabindex:-1});vt(n,r);let o=()=>{n.dataset.lmkitTheme=V()?"dark":"light"};return o(),H(o,r),t.append(n),r.addEventListener("abort",()=>n.remove()),n}function vt(t,e){addEventListener("keydown",r=>{let{target:n}=r;n instanceof Element&&t.contains(n)&&n.toggleAttribute("data-lm-suppress-shortcuts",!L(r))},{capture:!0,signal:e})}function w(t,e){document.getElementById(t)||document.head.append(l("style",{id:t},e))}function P(t,e){console.error(e),w("lmkit-styles",N),t.replaceChildren(l("p",{class:"lmkit-error",role:"alert"},`This figure cannot be drawn: ${e.message}`))}function I(t,e,r,{store:n,signal:o},a){let i=l("input",{...e,class:e.type==="number"?"lmkit-select":null}),s=l("span",{"aria-hidden":"true"});return i.addEventListener("input",()=>{let p=i.value===""&&e.placeholder?null:i.valueAsNumber,c=Number.isFinite(p)&&p>=e.min&&p<=e.max&&(a||Number.isInteger(p));(p===null||c)&&n.set({[r]:p})},{signal:o}),i.addEventListener("blur",()=>{i.value=n.get()[r]??""},{signal:o}),{element:l("label",{},t,i,s),update:({state:p})=>{let c=p[r];(document.activeElement!==i||e.type==="range")&&(i.value=c??""),a&&(s.textContent=a(c))}}}function W(t,e=r=>r){let r=e(t),n=new Set;return{get:()=>r,set(o){let a=e({...r,...o}),i=new Set(Object.keys(a).filter(s=>!Object.is(r[s],a[s])));if(i.size!==0){r=a;for(let s of[...n])s(r,i)}},subscribe(o,a){n.add(o),a.addEventListener("abort",()=>n.delete(o))}}}function G(t,e,r,n){let o=!1;t.subscribe((i,s)=>{let p=r.filter(c=>s.has(c)&&e.get(c)!==i[c]);o=!0;try{for(let c of p)e.set(c,i[c])}finally{o=!1}p.length&&e.save_changes()},n);let a=()=>{o||t.set(Object.fromEntries(r.map(i=>[i,e.get(i)])))};for(let i of r)e.on(`change:${i}`,a),n.addEventListener("abort",()=>e.off(`change:${i}`,a))}function X(t,e){let r=new AbortController,n=o=>(...a)=>{if(!r.signal.aborted)try{o(...a)}catch(i){r.abort(),e(i)}};return n(t)({signal:r.signal,guarded:n}),()=>r.abort()}function J(t){async function e({model:r,el:n}){let o,a=X(i=>{o=t({model:r,el:n,...i})},i=>P(n,i));return await o,()=>{a(),n.replaceChildren()}}return{render:e}}function j(t,{temperature:e=1,topK:r=null,topP:n=null}={}){k(Number.isFinite(e)&&e>=0,`temperature is ${e}, but must be 0 or more, and finite`),k(r===null||Number.isInteger(r)&&r>=1,`topK is ${r}, but must be a whole number, 1 or more`),k(n===null||n>0&&n<=1,`topP is ${n}, but is a share of the probability: above 0, at most 1`);let o=yt(t,e);if(r===null&&n===null)return o;let a=o.slice().sort().reverse();return Y(At(o,a,Et(a.subarray(0,r??o.length),n??1)))}function yt(t,e){let r=$t(t);if(k(Number.isFinite(r),"these logits give no probabilities: they hold NaN or infinity, or nothing at all"),e===0){let n=new Float64Array(t.length);return n[Array.prototype.indexOf.call(t,r)]=1,n}return Y(new Float64Array(t).map(n=>Math.exp((n-r)/e)))}function $t(t){let e=-1/0;for(let r=0;r<t.length;r++)e=Math.max(e,t[r]);return e}function Et(t,e){let r=e*Q(t),n=0;for(let o=0;n<t.length&&o<r;n++)o+=t[n];return n}function At(t,e,r){let n=e[r-1],o=r-e.indexOf(n);return t.map(a=>a>n||a===n&&o-- >0?a:0)}var Q=t=>t.reduce((e,r)=>e+r,0);function Y(t){let e=Q(t);return t.map(r=>r/e)}function Z(t,e){let r=-1;for(let n=0,o=0;n<t.length&&o<=e;n++)t[n]>0&&(r=n),o+=t[n];return r}var Ft=0x9e3779b97f4a7c15n,Nt=[[30n,0xbf58476d1ce4e5b9n],[27n,0x94d049bb133111ebn],[31n,1n]],S=t=>BigInt.asUintN(64,t);function tt(t){k(Number.isSafeInteger(t),`seed is ${t}, but must be a whole number`);let e=S(BigInt(t));return()=>{e=S(e+Ft);let r=Nt.reduce((n,[o,a])=>S((n^n>>o)*a),e);return Number(r>>11n)/2**53}}function k(t,e){if(!t)throw new Error(`${e[0].toUpperCase()}${e.slice(1)}.`)}function Lt(t){return t instanceof ArrayBuffer?new Uint8Array(t):new Uint8Array(t.buffer,t.byteOffset,t.byteLength)}function et(t){return new Float32Array(Lt(t).slice().buffer)}function rt(t,e,r,n){let o=r(t.get(e));if(o.length!==n)throw new Error(`${e}: there are ${o.length}, it needs ${n}.`);return o instanceof Float32Array?It(e,o):o}function It(t,e){let r=e.findIndex(n=>!Number.isFinite(n));if(r>=0)throw new Error(`${t}: number ${r} is ${e[r]}, which cannot be drawn.`);return e}var nt=12,St=10;function ot(t){let e=t.get("texts").map($),r=t.get("words").map(M);return{texts:e,words:r,logits:rt(t,"logits",et,e.length*r.length),label:$(t.get("label"))}}function jt(t,{temperature:e,top_k:r,top_p:n,min_p:o}){let a=j(t,{temperature:e,topK:r,topP:n}),i=a.reduce((c,d)=>m(c,d),0),s=a.map(c=>c<o*i?0:c),p=s.reduce((c,d)=>c+d,0);return s.map(c=>c/p)}function it(t,e){let{words:r,logits:n}=t,o=n.subarray(e.text*r.length,(e.text+1)*r.length),a=j(o),i=jt(o,e),s=y(r.length).sort((u,b)=>o[b]-o[u]||u-b),p=s.slice(0,nt).map(u=>({word:r[u],own:a[u],share:i[u]})),c=s.slice(nt),d=u=>c.reduce((b,ut)=>b+u[ut],0),g=tt(e.seed);return{choices:t,state:e,rows:p,rest:{word:A(c.length,"other"),own:d(a),share:d(i)},kept:i.filter(u=>u>0).length,drawn:e.drawn?y(St).map(()=>r[Z(i,g())]):[]}}var at=({texts:t})=>e=>({...e,text:C(e.text,t.length),temperature:m(0,h(3,e.temperature)),top_p:m(.01,h(1,e.top_p)),min_p:m(0,h(1,e.min_p))});function st({choices:t,rows:e,rest:r,kept:n,drawn:o}){let[a]=e,i=`First comes “${x}${a.word}${x}” with ${f(a.share)} (the model says ${f(a.own)}).`,s=`${A(n,"token")} of ${E(t.words.length)} may be drawn; the ${r.word} get ${f(r.share)} together.`,p=o.length?` Drawn: ${o.map(c=>`${x}${c}${x}`).join(" · ")}`:"";return`${i} ${s}${p}`}var lt=`.lmkit-figure .lmkit-sliders { gap: 4px 18px; color: var(--lmkit-quiet); font-size: 13px;
label { display: flex; align-items: center; gap: 6px }
input[type="range"] { width: 110px; height: 24px; margin: 0; accent-color: var(--lmkit-weight) }
input[type="number"] { width: 66px }
span { min-width: 32px; font-variant-numeric: tabular-nums }
}
.lmkit-figure .lmkit-next { display: grid; gap: 2px; margin: 0; padding: 0; list-style: none;
li { display: grid; grid-template-columns: 84px minmax(0, 1fr) 56px; align-items: center; gap: 8px; margin: 0; font-size: 13px; line-height: 20px }
bdi { overflow: hidden; text-align: end; text-overflow: ellipsis; white-space: nowrap }
i { position: relative; height: 14px; border-radius: 2px; background: linear-gradient(var(--lmkit-weight) 0 0) no-repeat 0 / var(--share) }
i::after { content: ""; position: absolute; inset-block: -1px; left: var(--own); width: 2px; background: var(--lmkit-accent); box-shadow: 0 0 0 1px var(--lmkit-panel) }
span { text-align: end; font-variant-numeric: tabular-nums }
.lmkit-cut { color: var(--lmkit-quiet); bdi { text-decoration: line-through } }
}
`;var ct=["text","temperature","top_k","top_p","min_p","seed"],Mt="A bar is how often a token is drawn; the thin mark is what the model says. Arrow keys move a slider. d: draw. t: table.",Oe=J(Ot);function Ot({model:t,el:e,signal:r,guarded:n}){let o=ot(t),a=Object.fromEntries(ct.map(u=>[u,t.get(u)])),i=W({...a,drawn:!1,table:!1},at(o));G(i,t,ct,r);let s=K(e,t.get("description"),r);w("lmkit-next-token-styles",lt);let p={choices:o,store:i,signal:r},c=[_t,qt,Tt,Dt,Rt].map(u=>u(p));s.append(...c.map(({element:u})=>u),l("p",{class:"lmkit-help"},Mt));let d=({target:u})=>u.matches("select, [type=number]");U(s,{t:u=>d(u)?!1:i.set({table:!i.get().table}),d:u=>d(u)?!1:pt(i)},r);let g=n(()=>{let u=it(o,i.get());for(let b of c)b.update(u)});i.subscribe(g,r),g()}function pt(t){let{seed:e,drawn:r}=t.get();t.set({drawn:!0,seed:r?e+1:e})}function _t(t){let{texts:e,label:r}=t.choices,n=l("button",{type:"button",class:"lmkit-button"},"draw ten");n.addEventListener("click",()=>pt(t.store),{signal:t.signal});let o=[R("Text",e.map((i,s)=>[s,zt(i)]),i=>i.text,i=>({text:i}),t),{element:n,update:()=>{}},D("table",i=>i.table,i=>({table:!i.table}),t)],a=l("p",{class:"lmkit-title"},l("b",{},"The next token"),O(r));return F(o,a,...o.map(({element:i})=>i))}function zt(t){let e=t.split(" ");return e.length>8?`… ${e.slice(-7).join(" ")}`:z(t,60)}function qt(t){let e=(a,i,s,p)=>I(a,{type:"range",min:s,max:p,step:.05},i,t,c=>c.toFixed(2)),r=[e("temperature","temperature",0,3),I("top-k",{type:"number",min:1,max:t.choices.words.length,placeholder:"all"},"top_k",t),e("top-p","top_p",.05,1),e("min-p","min_p",0,1)],{element:n,update:o}=F(r,...r.map(a=>a.element));return n.classList.add("lmkit-sliders"),{element:n,update:o}}function Tt(){let t=l("ol",{class:"lmkit-next","aria-label":"The most probable tokens"});function e({rows:r,rest:n}){let o=[...r,n];for(;t.children.length<o.length;)t.append(l("li",{},l("bdi"),l("i",{"aria-hidden":"true"}),l("span")));o.forEach(({word:a,own:i,share:s},p)=>{let[c,d,g]=t.children[p].children;c.textContent=a,g.textContent=f(s),d.style.setProperty("--share",`${100*s}%`),d.style.setProperty("--own",`${100*i}%`),t.children[p].classList.toggle("lmkit-cut",s===0)})}return{element:t,update:e}}function Dt(){let t=l("output",{class:"lmkit-say","aria-live":"polite"});return{element:t,update:e=>t.replaceChildren(...B(st(e)))}}function Rt(){let t=l("div",{class:"lmkit-table",role:"group","aria-label":"Table of tokens",tabindex:0});function e({state:r,rows:n,rest:o}){if(T(t,r.table),!r.table)return t.replaceChildren();let a=({word:s,own:p,share:c})=>l("tr",{},l("th",{scope:"row"},l("bdi",{},s)),l("td",{},f(p)),l("td",{},f(c))),i=l("tr",{},...["Token","The model says","Is drawn"].map(s=>l("th",{scope:"col"},s)));t.replaceChildren(l("table",{},l("thead",{},i),l("tbody",{},...[...n,o].map(a))))}return{element:t,update:e}}export{Oe as default};
