function jt(t){return t instanceof ArrayBuffer?new Uint8Array(t):new Uint8Array(t.buffer,t.byteOffset,t.byteLength)}function D(t){return new Uint16Array(jt(t).slice().buffer)}var{abs:N,ceil:ie,cos:ae,floor:se,max:g,min:y,round:S,sin:ce,sqrt:H,PI:le}=Math;var Ft={" ":"␣","\n":"↵","	":"⇥"},Nt=/[\0- \x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff]/g;function Y(t){return t.replace(Nt,e=>Ft[e]??G(e))||"∅"}var qt=/[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;function M(t){return t.replace(qt,G)}function G(t){return`‹${t.charCodeAt(0).toString(16).padStart(4,"0")}›`}var Rt=/^[ -~]*$/;function Vt(t){return Rt.test(t)?t.split(""):Array.from(new Intl.Segmenter().segment(t),({segment:e})=>e)}function X(t,e){if(t.length<=e)return t;let r=Vt(t);return r.length<=e?t:r.slice(0,e-1).join("")+"…"}function J(t){let e=100*t;return e>=9.95?`${S(e)} %`:e>=.05?`${e.toFixed(1).replace(".0","")} %`:e>0?"< 0.1 %":"0 %"}var Kt=t=>String(t).replace(/\B(?=(\d{3})+$)/g,","),x=(t,e)=>`${Kt(t)} ${e}${t===1?"":"s"}`;var q="\\p{White_Space}",_t=new RegExp(`'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${q}\\p{L}\\p{N}]+|${q}+(?!\\P{White_Space})|${q}+`,"gu"),Q=t=>t>32&&t<127||t>160&&t!==173,Z=Array.from({length:256},(t,e)=>e),tt=[...Z.filter(Q),...Z.filter(t=>!Q(t))],Wt=new Map(tt.map((t,e)=>[t,e])),R=(t,e)=>t*65536+e;function et(t,e){let r=D(e),n=t.reduce((i,{merges:a})=>i+2*a,0);if(r.length!==n)throw new Error(`merges: there are ${r.length} halves, it needs ${n}.`);let o=0;return t.map(({name:i,special:a,merges:p})=>{let s=Array.from({length:p},()=>[r[o++],r[o++]]);return Bt(M(i),a,s)})}function Bt(t,e,r){let n=tt.map(i=>Uint8Array.of(i)),o=new Map;for(let[i,a]of r)o.set(R(i,a),n.length),n.push(Uint8Array.of(...n[i],...n[a]));return{name:t,special:e,tokens:n,merged:o}}function Pt(t){return t.match(_t)??[]}function Ut({merged:t},e){let r=i=>t.get(R(e[i],e[i+1]))??1/0,n=e.reduce((i,a,p)=>Math.min(i,r(p)),1/0);if(n===1/0)return null;let o=[];for(let i=0;i<e.length;i++)r(i)===n?(o.push(n),i++):o.push(e[i]);return o}var rt=t=>Array.from(t,e=>Wt.get(e));function nt(t,e){let r=[];for(let n=rt(e);n;n=Ut(t,n))r.push(n);return r}function Dt({merged:t},e){let r=rt(e),n=r.map((s,l)=>l-1),o=r.map((s,l)=>l+1),i=s=>t.get(R(r[s],r[o[s]])),a=new Map,p=s=>{let l=i(s);l!==void 0&&(a.has(l)||a.set(l,[]),a.get(l).push(s))};for(r.forEach((s,l)=>p(l));a.size;){let s=Math.min(...a.keys()),l=a.get(s).sort((m,u)=>m-u);a.delete(s);for(let m of l){if(i(m)!==s)continue;let u=o[m];r[m]=s,r[u]=void 0,o[m]=o[u],n[o[u]]=m,p(n[m]),p(m)}}return r.filter(s=>s!==void 0)}function V(t,e){let r=new Map;return Pt(e).flatMap(n=>(r.has(n)||r.set(n,Dt(t,new TextEncoder().encode(n))),r.get(n)))}var Ht=new TextDecoder("utf-8",{fatal:!0,ignoreBOM:!0});function K(t){try{return Ht.decode(t)}catch{return null}}function $(t,e){return Array.from(t,r=>r.toString(16).padStart(2,"0").toUpperCase()).join(e)}function c(t,e={},...r){let n=document.createElement(t);for(let[o,i]of Object.entries(e))b(n,o,i);return n.append(...r),n}function b(t,e,r){r===!1||r===null?t.removeAttribute(e):t.setAttribute(e,r===!0?"":String(r))}function T(t,e){!e&&t.contains(document.activeElement)&&t.closest(".lmkit-figure").focus(),t.hidden=!e}function ot(t,e,r){let n=c("button",{type:"button",class:"lmkit-button","aria-pressed":"false"},t);return n.addEventListener("click",e,{signal:r}),n}var _=`.lmkit-figure {
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
`;var W=({key:t,shiftKey:e,ctrlKey:r,metaKey:n,altKey:o})=>r||n||o||e&&t==="Enter";function w(t,e,r){t.addEventListener("keydown",n=>{let o=e[n.key];!o||W(n)||o(n)!==!1&&(n.preventDefault(),n.stopPropagation())},{signal:r})}function L(t,e){t.forEach((r,n)=>{r.tabIndex=n===e?0:-1})}function C(t,e,r){let n=a=>r(y(e()-1,g(0,a))),o=()=>n(t()-1),i=()=>n(t()+1);return{ArrowLeft:o,ArrowUp:o,ArrowRight:i,ArrowDown:i,Home:()=>n(0),End:()=>n(e()-1)}}function P(t){let e=parseInt(t.slice(1),16);return[e>>16,e>>8&255,e&255]}function at(t){return"#"+t.map(e=>S(e).toString(16).padStart(2,"0")).join("")}function st(t,e){let[r,n,o,i=1]=t.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number)??[0,0,0,0],a=[r,n,o].map(p=>255*y(1,g(0,p)));return at(ct([e,e,e],a,i))}function ct(t,e,r){return t.map((n,o)=>n+(e[o]-n)*r)}function E(t,{page:e,weight:r}){return at(ct(P(e),P(r),H(y(1,g(0,t)))))}function it(t){let[e,r,n]=P(t).map(o=>{let i=o/255;return i<=.04045?i/12.92:((i+.055)/1.055)**2.4});return .2126*e+.7152*r+.0722*n}function B(t,e){let[r,n]=[it(t),it(e)].sort((o,i)=>o-i);return(n+.05)/(r+.05)}function I(t,{ink:e,page:r}){return[e,r].find(o=>B(o,t)>=4.5)??(B("#000000",t)>=B("#ffffff",t)?"#000000":"#ffffff")}var lt=["page","panel","ink","quiet","line","accent","focus","weight","loss"];function U(){let{documentElement:t,body:e}=document;return t.dataset.theme?t.dataset.theme==="dark":e.dataset.jpThemeLight?e.dataset.jpThemeLight==="false":/\bvscode-(dark|light|high-contrast)/.test(e.className)?!e.className.includes("light"):t.hasAttribute("theme")?t.getAttribute("theme")==="dark":matchMedia("(prefers-color-scheme: dark)").matches}function pt(t){let e=U(),r=lt.map(o=>{let i=document.createElement("span");return i.style.color=`color-mix(in srgb, var(--lmkit-${o}), var(--lmkit-${o}))`,i});t.append(...r);let n=lt.map((o,i)=>[o,st(getComputedStyle(r[i]).color,e?0:255)]);return r.forEach(o=>o.remove()),{dark:e,...Object.fromEntries(n)}}function O(t,e){let r=new MutationObserver(()=>requestAnimationFrame(()=>e.aborted||t())),n=["class","data-theme","data-jp-theme-light","data-jp-theme-name","theme"];for(let o of[document.documentElement,document.body])r.observe(o,{attributeFilter:n});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",t,{signal:e}),e.addEventListener("abort",()=>r.disconnect())}function ut(t,e,r){z("lmkit-styles",_);let n=c("div",{class:"lmkit-figure",role:"group","aria-label":e,tabindex:-1});Gt(n,r);let o=()=>{n.dataset.lmkitTheme=U()?"dark":"light"};return o(),O(o,r),t.append(n),r.addEventListener("abort",()=>n.remove()),n}function Gt(t,e){addEventListener("keydown",r=>{let{target:n}=r;n instanceof Element&&t.contains(n)&&n.toggleAttribute("data-lm-suppress-shortcuts",!W(r))},{capture:!0,signal:e})}function z(t,e){document.getElementById(t)||document.head.append(c("style",{id:t},e))}function mt(t,e){console.error(e),z("lmkit-styles",_),t.replaceChildren(c("p",{class:"lmkit-error",role:"alert"},`This figure cannot be drawn: ${e.message}`))}function dt(t,e=r=>r){let r=e(t),n=new Set;return{get:()=>r,set(o){let i=e({...r,...o}),a=new Set(Object.keys(i).filter(p=>!Object.is(r[p],i[p])));if(a.size!==0){r=i;for(let p of[...n])p(r,a)}},subscribe(o,i){n.add(o),i.addEventListener("abort",()=>n.delete(o))}}}function ft(t,e,r,n){let o=!1;t.subscribe((a,p)=>{let s=r.filter(l=>p.has(l)&&e.get(l)!==a[l]);o=!0;try{for(let l of s)e.set(l,a[l])}finally{o=!1}s.length&&e.save_changes()},n);let i=()=>{o||t.set(Object.fromEntries(r.map(a=>[a,e.get(a)])))};for(let a of r)e.on(`change:${a}`,i),n.addEventListener("abort",()=>e.off(`change:${a}`,i))}function ht(t,e){let r=new AbortController,n=o=>(...i)=>{if(!r.signal.aborted)try{o(...i)}catch(a){r.abort(),e(a)}};return n(t)({signal:r.signal,guarded:n}),()=>r.abort()}function xt(t){async function e({model:r,el:n}){let o,i=ht(a=>{o=t({model:r,el:n,...a})},a=>mt(n,a));return await o,()=>{i(),n.replaceChildren()}}return{render:e}}function gt(t,e){let r=t.map(n=>V(n,e.text));return{state:e,tokenizer:t[e.tokenizer],characters:[...e.text].length,bytes:new TextEncoder().encode(e.text).length,encodings:r,tokens:r[e.tokenizer]}}function kt(t){let e=(r,n)=>Math.max(0,Math.min(n-1,r));return r=>{let n=e(r.tokenizer,t.length);return{...r,tokenizer:n,token:e(r.token,V(t[n],r.text).length)}}}function A(t){let e=K(t);return e===null?`<${$(t,"")}>`:Y(e)}function bt({state:t,tokenizer:e,tokens:r}){if(!r.length)return["No tokens: ","type something above."];let n=r[t.token],o=e.tokens[n],i=n<256?"no merge made it":`made by merge ${n-256}`,a=K(o)===null?" It is part of a character; the rest is beside it.":"";return[`Token ${t.token+1} of ${r.length}, “${A(o)}”: `,`id ${n+e.special}, ${x(o.length,"byte")} (${$(o," ")}), ${i}.${a}`]}var wt=`.lmkit-figure {
  .lmkit-text {
    display: block; width: 100%; max-height: 170px; padding: 6px 10px; resize: vertical; field-sizing: content;
    border: var(--lmkit-border); border-radius: 6px; background: var(--lmkit-page); color: inherit; font: 16px/1.4 var(--lmkit-mono);
  }
  .lmkit-compare {
    display: grid; grid-template-columns: auto 1fr auto auto; gap: 4px 12px; margin: 10px 0 0;
    > * { display: grid; grid: auto / subgrid; grid-column: 1 / -1; align-items: center; text-align: start; white-space: nowrap; }
    [aria-checked="true"] { border-color: var(--lmkit-accent); color: var(--lmkit-accent); box-shadow: 0 0 0 1px; }
    i { height: 8px; border-radius: 2px; background: linear-gradient(var(--lmkit-weight) 0 0) no-repeat 0 / var(--part); }
    i ~ * { text-align: end; }
    small { color: var(--lmkit-quiet); }
  }
  .lmkit-merges {
    min-height: 132px; max-height: 240px; margin: 0; padding: 0; overflow: auto; font-size: 13px;
    li { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px; margin: 0; padding: 2px 0; }
    span { width: 80px; color: var(--lmkit-quiet); }
    bdi { padding: 0 5px; border: var(--lmkit-border); border-radius: 4px; background: var(--lmkit-page); }
    .lmkit-new { border-color: var(--lmkit-accent); color: var(--lmkit-accent); }
  }
  bdi { font-family: var(--lmkit-mono); }
}
@container (max-width: 480px) {
  .lmkit-compare i { grid-area: 2 / 1 / auto / 3; }
  .lmkit-compare i ~ * { grid-column: 3 / -1; }
}
`;function vt({most:t,rows:e=2},r,n){let o=c("textarea",{class:"lmkit-text",rows:e,"aria-label":"Your text",dir:"auto",spellcheck:"false"}),i=c("p",{class:"lmkit-help",role:"status",hidden:!0}),a=s=>{i.textContent=s>0?`The figure takes ${x(t,"character")}: ${x(s,"character")} at the end ${s===1?"was":"were"} cut off.`:"",T(i,s>0)};o.addEventListener("input",()=>{let s=o.value.length-t;if(s>0){let{selectionStart:l}=o;o.value=o.value.slice(0,t),o.setSelectionRange(l,l)}a(s),r(o.value)},{signal:n});let p=s=>{o.value!==s&&(o.value=s,a(0))};return{element:c("div",{},o,i),update:p}}function yt(t,e){let r=c("div",{class:"lmkit-table",role:"group","aria-label":`Table of ${t}`,tabindex:0});function n(o){T(r,o.state.table),r.replaceChildren(...o.state.table?[e(o)]:[])}return{element:r,update:n}}function $t(t,e,r){let n=t.length?[j("caption",{},t)]:[],o=c("tr",{},...e.map(i=>j("th",{scope:"col"},i)));return c("table",{},...n,c("thead",{},o),c("tbody",{},...r))}function Et(t,e,r=!1){return c("tr",{"aria-current":r&&"true"},j("th",{scope:"row"},t),...e.map(n=>j("td",{},n)))}var j=(t,e,r)=>c(t,e,...[r].flat());function At(t,e,r){let n=c("div",{class:"lmkit-words",role:"radiogroup","aria-label":t,tabindex:-1}),o=()=>[...n.children],i=[],a=0,p=()=>o()[g(0,a)].focus(),s=u=>{e(u),p()};w(n,C(()=>a,()=>i.length,s),r),n.addEventListener("click",({target:u})=>{let d=o().findIndex(f=>f.contains(u));d>=0&&s(d)},{signal:r});let l=(u,d)=>{let f=n.children[d];f?f.replaceWith(u):n.append(u)};function m(u,d,f,h,F=J){for(u.forEach((k,v)=>{k!==i[v]&&l(Jt(k),v)});n.children.length>u.length;)n.lastElementChild.remove();[i,a]=[u,d],o().forEach((k,v)=>{b(k,"aria-checked",`${v===d}`),Qt(k,f?.[v],h,F)}),L(o(),g(0,d))}return{element:n,focus:p,update:m}}function Jt(t){return c("button",{type:"button",class:"lmkit-chip",role:"radio",dir:"auto"},X(t,16),c("span"))}function Qt({style:t,lastElementChild:e},r,n,o){t.background=r===void 0?"":E(r,n),t.color=r===void 0?"":I(E(r,n),n),e.textContent=N(r)>=.005?o(r):""}var Zt=500;function St({label:t,store:e,signal:r}){let n=c("span"),o=ot("table",()=>e.set({table:!e.get().table}),r);return{element:c("div",{class:"lmkit-bar"},c("p",{class:"lmkit-title"},c("b",{},t),n),o),update:({state:a,characters:p,bytes:s})=>{n.textContent=`${x(p,"character")}, ${x(s,"byte")}`,b(o,"aria-pressed",String(a.table))}}}function Mt({store:t,signal:e}){let{element:r,update:n}=vt({most:Zt},o=>t.set({text:o}),e);return{element:r,update:({state:o})=>n(o.text)}}function Tt({tokenizers:t,store:e,signal:r}){let n=t.map(({name:a})=>c("button",{type:"button",class:"lmkit-button",role:"radio"},c("span",{},a),c("i"),c("span"),c("small"))),o=c("div",{class:"lmkit-compare",role:"radiogroup","aria-label":"Tokenizer"},...n),i=a=>{e.set({tokenizer:a}),n[a].focus()};return w(o,C(()=>e.get().tokenizer,()=>n.length,i),r),n.forEach((a,p)=>a.addEventListener("click",()=>i(p),{signal:r})),{element:o,update:a=>{let p=Math.max(1,...a.encodings.map(({length:s})=>s));n.forEach(({children:[,s,l,m]},u)=>{let{length:d}=a.encodings[u];s.style.setProperty("--part",`${100*d/p}%`),l.textContent=x(d,"token"),m.textContent=d?`${(a.bytes/d).toFixed(1)} bytes each`:"",b(n[u],"aria-checked",String(u===a.state.tokenizer))}),L(n,a.state.tokenizer)}}}function Lt({store:t,signal:e}){let{element:r,update:n}=At("Token",o=>t.set({token:o}),e);return{element:r,update:({state:o,tokenizer:i,tokens:a},p)=>{n(a.map(l=>A(i.tokens[l])),o.token,null,p);let s=Array.from({length:13},(l,m)=>te(m/12,p));a.forEach((l,m)=>{let{length:u}=i.tokens[l],{style:d,lastElementChild:f}=r.children[m];Object.assign(d,s[Math.min(12,u-1)]),f.textContent=`${l+i.special} · ${u}`})}}}function te(t,e){let r=E(t**2,e);return{background:r,color:I(r,e)}}function Ct(){let t=c("ol",{class:"lmkit-merges","aria-label":"Merges",tabindex:0});return{element:t,update:({state:e,tokenizer:r,tokens:n})=>{let o=nt(r,r.tokens[n[e.token]]??[]);t.replaceChildren(...o.map((i,a)=>ee(r,i,o[a-1])))}}}function ee(t,e,r){let n=r&&e.find(i=>!r.includes(i)),o=e.map(i=>c("bdi",{class:i===n&&"lmkit-new"},A(t.tokens[i])));return c("li",{},c("span",{},r?`merge ${n-256}`:"bytes"),...o)}function It(){let t=c("output",{class:"lmkit-say","aria-live":"polite"});return{element:t,update:e=>{let[r,n]=bt(e);t.replaceChildren(c("b",{},r),n)}}}function Ot(){return yt("tokens",({state:t,tokenizer:e,tokens:r})=>$t(e.name,["Token","id","Bytes","Merge"],r.map((n,o)=>{let i=e.tokens[n],a=[`${n+e.special}`,$(i," "),n<256?"none":`${n-256}`];return Et(c("bdi",{},A(i)),a,o===t.token)})))}var zt=["text","tokenizer","token"],re="Below each token: its id · its bytes. More bytes, deeper color. Arrow keys move. t: table.",kr=xt(ne);function ne({model:t,el:e,signal:r,guarded:n}){let o=et(t.get("outlines"),t.get("merges")),[i,a,p]=zt.map(h=>t.get(h)),s=dt({text:i,tokenizer:a,token:p,table:!1},kt(o));ft(s,t,zt,r);let l=M(t.get("label")),m=ut(e,l,r);z("lmkit-token-styles",wt);let u={label:l,tokenizers:o,store:s,signal:r},d=[St,Mt,Tt,Lt,It,Ct,Ot].map(h=>h(u));m.append(...d.map(({element:h})=>h),c("p",{class:"lmkit-help"},re)),w(m,{t:({target:h})=>h.matches("textarea")?!1:s.set({table:!s.get().table})},r);let f=n(()=>{let h=gt(o,s.get()),F=pt(m);for(let k of d)k.update(h,F)});s.subscribe(f,r),O(f,r),f()}export{kr as default};
