function Ct(t){return t instanceof ArrayBuffer?new Uint8Array(t):new Uint8Array(t.buffer,t.byteOffset,t.byteLength)}function B(t){return new Uint16Array(Ct(t).slice().buffer)}var{abs:F,ceil:Xt,cos:Qt,floor:Zt,max:g,min:y,round:S,sin:te,sqrt:D,PI:ee}=Math;var Tt={" ":"␣","\n":"↵","	":"⇥"},It=/[\0- \x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff]/g;function P(t){return t.replace(It,e=>Tt[e]??H(e))||"∅"}var Ot=/[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;function M(t){return t.replace(Ot,H)}function H(t){return`‹${t.charCodeAt(0).toString(16).padStart(4,"0")}›`}function Y(t,e){if(t.length<=e)return t;let r=Array.from(new Intl.Segmenter().segment(t),n=>n.segment);return r.length<=e?t:r.slice(0,e-1).join("")+"…"}function G(t){let e=100*t;return e>=9.95?`${S(e)} %`:e>=.05?`${e.toFixed(1).replace(".0","")} %`:e>0?"< 0.1 %":"0 %"}var x=(t,e)=>`${t.toLocaleString("en")} ${e}${t===1?"":"s"}`;var N="\\p{White_Space}",jt=new RegExp(`'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${N}\\p{L}\\p{N}]+|${N}+(?!\\P{White_Space})|${N}+`,"gu"),J=t=>t>32&&t<127||t>160&&t!==173,X=Array.from({length:256},(t,e)=>e),Q=[...X.filter(J),...X.filter(t=>!J(t))],zt=new Map(Q.map((t,e)=>[t,e])),K=(t,e)=>t*65536+e;function Z(t,e){let r=B(e),n=t.reduce((i,{merges:a})=>i+2*a,0);if(r.length!==n)throw new Error(`merges: there are ${r.length} halves, it needs ${n}.`);let o=0;return t.map(({name:i,special:a,merges:l})=>{let s=Array.from({length:l},()=>[r[o++],r[o++]]);return Ft(M(i),a,s)})}function Ft(t,e,r){let n=Q.map(i=>Uint8Array.of(i)),o=new Map;for(let[i,a]of r)o.set(K(i,a),n.length),n.push(Uint8Array.of(...n[i],...n[a]));return{name:t,special:e,tokens:n,merged:o}}function Nt(t){return t.match(jt)??[]}function Kt({merged:t},e){let r=i=>t.get(K(e[i],e[i+1]))??1/0,n=e.reduce((i,a,l)=>Math.min(i,r(l)),1/0);if(n===1/0)return null;let o=[];for(let i=0;i<e.length;i++)r(i)===n?(o.push(n),i++):o.push(e[i]);return o}var tt=t=>Array.from(t,e=>zt.get(e));function et(t,e){let r=[];for(let n=tt(e);n;n=Kt(t,n))r.push(n);return r}function Vt({merged:t},e){let r=tt(e),n=r.map((s,p)=>p-1),o=r.map((s,p)=>p+1),i=s=>t.get(K(r[s],r[o[s]])),a=new Map,l=s=>{let p=i(s);p!==void 0&&(a.has(p)||a.set(p,[]),a.get(p).push(s))};for(r.forEach((s,p)=>l(p));a.size;){let s=Math.min(...a.keys()),p=a.get(s).sort((d,u)=>d-u);a.delete(s);for(let d of p){if(i(d)!==s)continue;let u=o[d];r[d]=s,r[u]=void 0,o[d]=o[u],n[o[u]]=d,l(n[d]),l(d)}}return r.filter(s=>s!==void 0)}function V(t,e){let r=new Map;return Nt(e).flatMap(n=>(r.has(n)||r.set(n,Vt(t,new TextEncoder().encode(n))),r.get(n)))}var qt=new TextDecoder("utf-8",{fatal:!0,ignoreBOM:!0});function q(t){try{return qt.decode(t)}catch{return null}}function E(t,e){return Array.from(t,r=>r.toString(16).padStart(2,"0").toUpperCase()).join(e)}function c(t,e={},...r){let n=document.createElement(t);for(let[o,i]of Object.entries(e))b(n,o,i);return n.append(...r),n}function b(t,e,r){r===!1||r===null?t.removeAttribute(e):t.setAttribute(e,r===!0?"":String(r))}function L(t,e){!e&&t.contains(document.activeElement)&&t.closest(".lmkit-figure").focus(),t.hidden=!e}function rt(t,e,r){let n=c("button",{type:"button",class:"lmkit-button","aria-pressed":"false"},t);return n.addEventListener("click",e,{signal:r}),n}var _=`.lmkit-figure {
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
`;function W(t){let e=parseInt(t.slice(1),16);return[e>>16,e>>8&255,e&255]}function ot(t){return"#"+t.map(e=>S(e).toString(16).padStart(2,"0")).join("")}function it(t,e){let[r,n,o,i=1]=t.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number)??[0,0,0,0],a=[r,n,o].map(l=>255*y(1,g(0,l)));return ot(at([e,e,e],a,i))}function at(t,e,r){return t.map((n,o)=>n+(e[o]-n)*r)}function $(t,{page:e,weight:r}){return ot(at(W(e),W(r),D(y(1,g(0,t)))))}function nt(t){let[e,r,n]=W(t).map(o=>{let i=o/255;return i<=.04045?i/12.92:((i+.055)/1.055)**2.4});return .2126*e+.7152*r+.0722*n}function R(t,e){let[r,n]=[nt(t),nt(e)].sort((o,i)=>o-i);return(n+.05)/(r+.05)}function C(t,{ink:e,page:r}){return[e,r].find(o=>R(o,t)>=4.5)??(R("#000000",t)>=R("#ffffff",t)?"#000000":"#ffffff")}var st=["page","panel","ink","quiet","line","accent","focus","weight","loss"];function U(){let{documentElement:t,body:e}=document;return t.dataset.theme?t.dataset.theme==="dark":e.dataset.jpThemeLight?e.dataset.jpThemeLight==="false":/\bvscode-(dark|light|high-contrast)/.test(e.className)?!e.className.includes("light"):t.hasAttribute("theme")?t.getAttribute("theme")==="dark":matchMedia("(prefers-color-scheme: dark)").matches}function ct(t){let e=U(),r=st.map(o=>{let i=document.createElement("span");return i.style.color=`color-mix(in srgb, var(--lmkit-${o}), var(--lmkit-${o}))`,i});t.append(...r);let n=st.map((o,i)=>[o,it(getComputedStyle(r[i]).color,e?0:255)]);return r.forEach(o=>o.remove()),{dark:e,...Object.fromEntries(n)}}function T(t,e){let r=new MutationObserver(()=>requestAnimationFrame(()=>e.aborted||t())),n=["class","data-theme","data-jp-theme-light","data-jp-theme-name","theme"];for(let o of[document.documentElement,document.body])r.observe(o,{attributeFilter:n});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",t,{signal:e}),e.addEventListener("abort",()=>r.disconnect())}function lt(t,e,r){I("lmkit-styles",_);let n=c("div",{class:"lmkit-figure",role:"group","aria-label":e,tabindex:-1});Rt(n,r);let o=()=>{n.dataset.lmkitTheme=U()?"dark":"light"};return o(),T(o,r),t.append(n),r.addEventListener("abort",()=>n.remove()),n}function Rt(t,e){addEventListener("keydown",({target:r,key:n,shiftKey:o,ctrlKey:i,metaKey:a,altKey:l})=>{if(!(r instanceof Element&&t.contains(r)))return;let s=i||a||l||o&&n==="Enter";r.toggleAttribute("data-lm-suppress-shortcuts",!s)},{capture:!0,signal:e})}function I(t,e){document.getElementById(t)||document.head.append(c("style",{id:t},e))}function pt(t,e){console.error(e),I("lmkit-styles",_),t.replaceChildren(c("p",{class:"lmkit-error",role:"alert"},`This figure cannot be drawn: ${e.message}`))}function w(t,e,r){t.addEventListener("keydown",n=>{let o=e[n.key];!o||n.ctrlKey||n.metaKey||n.altKey||o(n)!==!1&&(n.preventDefault(),n.stopPropagation())},{signal:r})}function O(t,e){t.forEach((r,n)=>{r.tabIndex=n===e?0:-1})}function j(t,e,r){let n=a=>r(y(e()-1,g(0,a))),o=()=>n(t()-1),i=()=>n(t()+1);return{ArrowLeft:o,ArrowUp:o,ArrowRight:i,ArrowDown:i,Home:()=>n(0),End:()=>n(e()-1)}}function ut(t,e=r=>r){let r=e(t),n=new Set;return{get:()=>r,set(o){let i=e({...r,...o}),a=new Set(Object.keys(i).filter(l=>!Object.is(r[l],i[l])));if(a.size!==0){r=i;for(let l of[...n])l(r,a)}},subscribe(o,i){n.add(o),i.addEventListener("abort",()=>n.delete(o))}}}function dt(t,e,r,n){let o=!1;t.subscribe((a,l)=>{let s=r.filter(p=>l.has(p)&&e.get(p)!==a[p]);o=!0;try{for(let p of s)e.set(p,a[p])}finally{o=!1}s.length&&e.save_changes()},n);let i=()=>{o||t.set(Object.fromEntries(r.map(a=>[a,e.get(a)])))};for(let a of r)e.on(`change:${a}`,i),n.addEventListener("abort",()=>e.off(`change:${a}`,i))}function mt(t,e){let r=new AbortController,n=o=>(...i)=>{if(!r.signal.aborted)try{o(...i)}catch(a){r.abort(),e(a)}};return n(t)({signal:r.signal,guarded:n}),()=>r.abort()}function ft(t){async function e({model:r,el:n}){let o,i=mt(a=>{o=t({model:r,el:n,...a})},a=>pt(n,a));return await o,()=>{i(),n.replaceChildren()}}return{render:e}}function ht(t,e){let r=t.map(n=>V(n,e.text));return{state:e,tokenizer:t[e.tokenizer],characters:[...e.text].length,bytes:new TextEncoder().encode(e.text).length,encodings:r,tokens:r[e.tokenizer]}}function xt(t){let e=(r,n)=>Math.max(0,Math.min(n-1,r));return r=>{let n=e(r.tokenizer,t.length);return{...r,tokenizer:n,token:e(r.token,V(t[n],r.text).length)}}}function A(t){let e=q(t);return e===null?`<${E(t,"")}>`:P(e)}function gt({state:t,tokenizer:e,tokens:r}){if(!r.length)return["No tokens: ","type something above."];let n=r[t.token],o=e.tokens[n],i=n<256?"no merge made it":`made by merge ${n-256}`,a=q(o)===null?" It is part of a character; the rest is beside it.":"";return[`Token ${t.token+1} of ${r.length}, “${A(o)}”: `,`id ${n+e.special}, ${x(o.length,"byte")} (${E(o," ")}), ${i}.${a}`]}var kt=`.lmkit-figure {
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
`;function bt({most:t,rows:e=2},r,n){let o=c("textarea",{class:"lmkit-text",rows:e,"aria-label":"Your text",dir:"auto",spellcheck:"false"}),i=c("p",{class:"lmkit-help",role:"status",hidden:!0}),a=s=>{i.textContent=s>0?`The figure takes ${x(t,"character")}: ${x(s,"character")} at the end ${s===1?"was":"were"} cut off.`:"",L(i,s>0)};o.addEventListener("input",()=>{let s=o.value.length-t;if(s>0){let{selectionStart:p}=o;o.value=o.value.slice(0,t),o.setSelectionRange(p,p)}a(s),r(o.value)},{signal:n});let l=s=>{o.value!==s&&(o.value=s,a(0))};return{element:c("div",{},o,i),update:l}}function wt(t,e,r){let n=c("div",{class:"lmkit-words",role:"radiogroup","aria-label":t,tabindex:-1}),o=()=>[...n.children],i=[],a=0,l=()=>o()[g(0,a)].focus(),s=u=>{e(u),l()};w(n,j(()=>a,()=>i.length,s),r),n.addEventListener("click",({target:u})=>{let m=o().findIndex(f=>f.contains(u));m>=0&&s(m)},{signal:r});let p=(u,m)=>{let f=n.children[m];f?f.replaceWith(u):n.append(u)};function d(u,m,f,h,z=G){for(u.forEach((k,v)=>{k!==i[v]&&p(Ut(k),v)});n.children.length>u.length;)n.lastElementChild.remove();[i,a]=[u,m],o().forEach((k,v)=>{b(k,"aria-checked",`${v===m}`),Bt(k,f?.[v],h,z)}),O(o(),g(0,m))}return{element:n,focus:l,update:d}}function Ut(t){return c("button",{type:"button",class:"lmkit-chip",role:"radio",dir:"auto"},Y(t,16),c("span"))}function Bt({style:t,lastElementChild:e},r,n,o){t.background=r===void 0?"":$(r,n),t.color=r===void 0?"":C($(r,n),n),e.textContent=F(r)>=.005?o(r):""}var Dt=500;function vt({label:t,store:e,signal:r}){let n=c("span"),o=rt("table",()=>e.set({table:!e.get().table}),r);return{element:c("div",{class:"lmkit-bar"},c("p",{class:"lmkit-title"},c("b",{},t),n),o),update:({state:a,characters:l,bytes:s})=>{n.textContent=`${x(l,"character")}, ${x(s,"byte")}`,b(o,"aria-pressed",String(a.table))}}}function yt({store:t,signal:e}){let{element:r,update:n}=bt({most:Dt},o=>t.set({text:o}),e);return{element:r,update:({state:o})=>n(o.text)}}function Et({tokenizers:t,store:e,signal:r}){let n=t.map(({name:a})=>c("button",{type:"button",class:"lmkit-button",role:"radio"},c("span",{},a),c("i"),c("span"),c("small"))),o=c("div",{class:"lmkit-compare",role:"radiogroup","aria-label":"Tokenizer"},...n),i=a=>{e.set({tokenizer:a}),n[a].focus()};return w(o,j(()=>e.get().tokenizer,()=>n.length,i),r),n.forEach((a,l)=>a.addEventListener("click",()=>i(l),{signal:r})),{element:o,update:a=>{let l=Math.max(1,...a.encodings.map(({length:s})=>s));n.forEach(({children:[,s,p,d]},u)=>{let{length:m}=a.encodings[u];s.style.setProperty("--part",`${100*m/l}%`),p.textContent=x(m,"token"),d.textContent=m?`${(a.bytes/m).toFixed(1)} bytes each`:"",b(n[u],"aria-checked",String(u===a.state.tokenizer))}),O(n,a.state.tokenizer)}}}function $t({store:t,signal:e}){let{element:r,update:n}=wt("Token",o=>t.set({token:o}),e);return{element:r,update:({state:o,tokenizer:i,tokens:a},l)=>{n(a.map(p=>A(i.tokens[p])),o.token,null,l);let s=Array.from({length:13},(p,d)=>Pt(d/12,l));a.forEach((p,d)=>{let{length:u}=i.tokens[p],{style:m,lastElementChild:f}=r.children[d];Object.assign(m,s[Math.min(12,u-1)]),f.textContent=`${p+i.special} · ${u}`})}}}function Pt(t,e){let r=$(t**2,e);return{background:r,color:C(r,e)}}function At(){let t=c("ol",{class:"lmkit-merges","aria-label":"Merges",tabindex:0});return{element:t,update:({state:e,tokenizer:r,tokens:n})=>{let o=et(r,r.tokens[n[e.token]]??[]);t.replaceChildren(...o.map((i,a)=>Ht(r,i,o[a-1])))}}}function Ht(t,e,r){let n=r&&e.find(i=>!r.includes(i)),o=e.map(i=>c("bdi",{class:i===n&&"lmkit-new"},A(t.tokens[i])));return c("li",{},c("span",{},r?`merge ${n-256}`:"bytes"),...o)}function St(){let t=c("output",{class:"lmkit-say","aria-live":"polite"});return{element:t,update:e=>{let[r,n]=gt(e);t.replaceChildren(c("b",{},r),n)}}}function Mt(){let t=c("div",{class:"lmkit-table",role:"group","aria-label":"Table of tokens",tabindex:0});return{element:t,update:({state:e,tokenizer:r,tokens:n})=>{if(L(t,e.table),!e.table)return;let o=n.map((a,l)=>c("tr",{"aria-current":l===e.token&&"true"},c("th",{scope:"row"},c("bdi",{},A(r.tokens[a]))),...[a+r.special,E(r.tokens[a]," "),a<256?"none":a-256].map(s=>c("td",{},`${s}`)))),i=["Token","id","Bytes","Merge"].map(a=>c("th",{scope:"col"},a));t.replaceChildren(c("table",{},c("caption",{},r.name),c("thead",{},c("tr",{},...i)),c("tbody",{},...o)))}}}var Lt=["text","tokenizer","token"],Yt="Below each token: its id · its bytes. More bytes, deeper color. Arrow keys move. t: table.",ar=ft(Gt);function Gt({model:t,el:e,signal:r,guarded:n}){let o=Z(t.get("outlines"),t.get("merges")),[i,a,l]=Lt.map(h=>t.get(h)),s=ut({text:i,tokenizer:a,token:l,table:!1},xt(o));dt(s,t,Lt,r);let p=M(t.get("label")),d=lt(e,p,r);I("lmkit-token-styles",kt);let u={label:p,tokenizers:o,store:s,signal:r},m=[vt,yt,Et,$t,St,At,Mt].map(h=>h(u));d.append(...m.map(({element:h})=>h),c("p",{class:"lmkit-help"},Yt)),w(d,{t:({target:h})=>h.matches("textarea")?!1:s.set({table:!s.get().table})},r);let f=n(()=>{let h=ht(o,s.get()),z=ct(d);for(let k of m)k.update(h,z)});s.subscribe(f,r),T(f,r),f()}export{ar as default};
