var j=`.lmkit-figure {
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
`;var{abs:C,ceil:Wt,cos:It,floor:Nt,max:g,min:m,round:f,sin:Pt,sqrt:M,PI:Vt}=Math;var q=(t,e)=>m(e-1,g(0,t));var gt={" ":"␣","\n":"↵","	":"⇥"},bt=/[\0- \x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff]/g;function K(t){return t.replace(bt,e=>gt[e]??I(e))||"∅"}var kt=/[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;function R(t){return t.replace(kt,I)}var W=t=>t&&`⁨${t}⁩`;function I(t){return`‹${t.charCodeAt(0).toString(16).padStart(4,"0")}›`}function w(t){let e=100*t;return e>=9.95?`${f(e)} %`:e>=.05?`${e.toFixed(1).replace(".0","")} %`:e>0?"< 0.1 %":"0 %"}var N=(t,e)=>`L${t} · H${e}`;var y="";function l(t,e={},...r){let o=document.createElement(t);for(let[n,i]of Object.entries(e))v(o,n,i);return o.append(...r),o}function v(t,e,r){r===!1||r===null?t.removeAttribute(e):t.setAttribute(e,r===!0?"":String(r))}function P(t,e){!e&&t.contains(document.activeElement)&&t.closest(".lmkit-figure").focus(),t.hidden=!e}function wt(t,e,r){let o=l("button",{type:"button",class:"lmkit-button","aria-pressed":"false"},t);return o.addEventListener("click",e,{signal:r}),o}function V(t,e,r,{store:o,signal:n}){let i=wt(t,()=>o.set(r(o.get())),n);return{element:i,update:({state:a})=>v(i,"aria-pressed",`${e(a)}`)}}function E(t){return t.split(y).map((e,r)=>r%2?l("bdi",{},e):e)}function B(t){let e=parseInt(t.slice(1),16);return[e>>16,e>>8&255,e&255]}function F(t){return"#"+t.map(e=>f(e).toString(16).padStart(2,"0")).join("")}function D(t,e){let[r,o,n,i=1]=t.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number)??[0,0,0,0],a=[r,o,n].map(s=>255*m(1,g(0,s)));return F(H([e,e,e],a,i))}function H(t,e,r){return t.map((o,n)=>o+(e[n]-o)*r)}function U(t,{page:e,weight:r}){return F(H(B(e),B(r),M(m(1,g(0,t)))))}var _=["page","panel","ink","quiet","line","accent","focus","weight","loss"];function T(){let{documentElement:t,body:e}=document;return t.dataset.theme?t.dataset.theme==="dark":e.dataset.jpThemeLight?e.dataset.jpThemeLight==="false":/\bvscode-(dark|light|high-contrast)/.test(e.className)?!e.className.includes("light"):t.hasAttribute("theme")?t.getAttribute("theme")==="dark":matchMedia("(prefers-color-scheme: dark)").matches}function X(t){let e=T(),r=_.map(n=>{let i=document.createElement("span");return i.style.color=`color-mix(in srgb, var(--lmkit-${n}), var(--lmkit-${n}))`,i});t.append(...r);let o=_.map((n,i)=>[n,D(getComputedStyle(r[i]).color,e?0:255)]);return r.forEach(n=>n.remove()),{dark:e,...Object.fromEntries(o)}}function $(t,e){let r=new MutationObserver(()=>requestAnimationFrame(()=>e.aborted||t())),o=["class","data-theme","data-jp-theme-light","data-jp-theme-name","theme"];for(let n of[document.documentElement,document.body])r.observe(n,{attributeFilter:o});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",t,{signal:e}),e.addEventListener("abort",()=>r.disconnect())}function Y(t,e,r){A("lmkit-styles",j);let o=l("div",{class:"lmkit-figure",role:"group","aria-label":e,tabindex:-1});yt(o,r);let n=()=>{o.dataset.lmkitTheme=T()?"dark":"light"};return n(),$(n,r),t.append(o),r.addEventListener("abort",()=>o.remove()),o}function yt(t,e){addEventListener("keydown",({target:r,key:o,shiftKey:n,ctrlKey:i,metaKey:a,altKey:s})=>{if(!(r instanceof Element&&t.contains(r)))return;let c=i||a||s||n&&o==="Enter";r.toggleAttribute("data-lm-suppress-shortcuts",!c)},{capture:!0,signal:e})}function A(t,e){document.getElementById(t)||document.head.append(l("style",{id:t},e))}function G(t,e,r){let o=0,n=new ResizeObserver(()=>{let i=t.clientWidth;i>0&&i!==o&&e(o=i)});n.observe(t),r.addEventListener("abort",()=>n.disconnect())}function J(t,e){console.error(e),A("lmkit-styles",j),t.replaceChildren(l("p",{class:"lmkit-error",role:"alert"},`This figure cannot be drawn: ${e.message}`))}function L(t,e,r){t.addEventListener("keydown",o=>{let n=e[o.key];!n||o.ctrlKey||o.metaKey||o.altKey||n(o)!==!1&&(o.preventDefault(),o.stopPropagation())},{signal:r})}function Q(t,e){t.forEach((r,o)=>{r.tabIndex=o===e?0:-1})}function Z(t,e,r){let o=a=>r(m(e()-1,g(0,a))),n=()=>o(t()-1),i=()=>o(t()+1);return{ArrowLeft:n,ArrowUp:n,ArrowRight:i,ArrowDown:i,Home:()=>o(0),End:()=>o(e()-1)}}function tt(t,e=r=>r){let r=e(t),o=new Set;return{get:()=>r,set(n){let i=e({...r,...n}),a=new Set(Object.keys(i).filter(s=>!Object.is(r[s],i[s])));if(a.size!==0){r=i;for(let s of[...o])s(r,a)}},subscribe(n,i){o.add(n),i.addEventListener("abort",()=>o.delete(n))}}}function et(t,e,r,o){let n=!1;t.subscribe((a,s)=>{let c=r.filter(p=>s.has(p)&&e.get(p)!==a[p]);n=!0;try{for(let p of c)e.set(p,a[p])}finally{n=!1}c.length&&e.save_changes()},o);let i=()=>{n||t.set(Object.fromEntries(r.map(a=>[a,e.get(a)])))};for(let a of r)e.on(`change:${a}`,i),o.addEventListener("abort",()=>e.off(`change:${a}`,i))}function rt(t,e){let r=new AbortController,o=n=>(...i)=>{if(!r.signal.aborted)try{n(...i)}catch(a){r.abort(),e(a)}};return o(t)({signal:r.signal,guarded:o}),()=>r.abort()}function ot(t){async function e({model:r,el:o}){let n,i=rt(a=>{n=t({model:r,el:o,...a})},a=>J(o,a));return await n,()=>{i(),o.replaceChildren()}}return{render:e}}function nt(t){let[e,r]=["words","endings"].map(c=>t.get(c).map(K)),[o,n,i,a,s]=["shares","word","to","place","head"].map(c=>t.get(c));if(r.length!==2||o.length!==2)throw new Error("there must be two endings.");if(o.some(c=>c.length!==e.length))throw new Error("each word needs one share for each ending.");if(![n,i,a].every(c=>c in e))throw new Error("a word that is named does not exist.");return{words:e,endings:r,shares:o,word:n,to:i,place:a,head:s,label:R(t.get("label"))}}var vt=({words:t,endings:e,place:r},o)=>t.map((n,i)=>i===r?e[o]:n),b=t=>`“${y}${t}${y}”`;function it(t,e){let r=vt(t,e),o=t.shares[e],i=[...o.keys()].sort((a,s)=>o[s]-o[a]).slice(0,3).map(a=>`${w(o[a])} on ${b(r[a])}`);return[`With ${b(t.endings[e])}: `,`from ${b(r[t.word])}, ${i.join(", ")}.`]}function at({words:t,endings:e,word:r,to:o,head:[,,n]}){return`Of its ${n} heads, the one that looks most from ${b(t[r])} to ${b(t[o])} with ${b(e[0])}.`}var st=`.lmkit-figure {
.lmkit-sentence { position: relative; display: flex; flex-wrap: wrap; gap: 30px 1px; padding: 30px 0 2px; font-size: 15px; line-height: 24px;
canvas { position: absolute; inset: 0; pointer-events: none }
.lmkit-run { display: flex }
.lmkit-run > span:not(.lmkit-segments), button { position: relative; padding: 0 3px; background: var(--lmkit-panel) }
bdi { display: block; font: inherit }
small { position: relative; z-index: 1; display: block; height: 14px; margin: 0 -16px; color: var(--lmkit-quiet); font-size: 11px; line-height: 14px; text-align: center; white-space: nowrap }
.lmkit-looks bdi { color: var(--lmkit-accent); font-weight: 650 }
.lmkit-segments { align-items: start; margin: -3px 0 }
.lmkit-button { padding: 2px 9px; background: var(--lmkit-page); font-size: 15px; line-height: 24px;
small:empty { display: none }
&[aria-checked="true"] { color: var(--lmkit-accent); font-weight: 600 }
}
}
}
`;function lt(t,e,r){let o=$t();t.width=f(e*o),t.height=f(r*o),t.style.width=`${e}px`,t.style.height=`${r}px`;let n=t.getContext("2d");return n.scale(o,o),n}function $t(){return m(2,globalThis.devicePixelRatio||1)}function ct(t,e){return t.map((r,o)=>o===e?null:At(t[e],r))}function At(t,e){let[r,o]=[t,e].map(d=>d.x+d.width/2),n=e.y-t.y>t.height/2,i=t.y-e.y>t.height/2,a=n?t.y+t.height:t.y,s=i?e.y+e.height:e.y,[c,p]=n||i?[(a+s)/2,(a+s)/2]:Array(2).fill(a-St(C(o-r)));return{from:{x:r,y:a},bend:{x:r,y:c},bendTo:{x:o,y:p},to:{x:o,y:s}}}var Lt=24,St=t=>m(Lt,9+t/8)/.75,O=t=>t<.01?0:1+11*t;function pt(t,e,r,o,n,i){let a=lt(t,e.width,e.height),s=ct(r,o),c=[...s.keys()].sort((p,d)=>n[p]-n[d]);for(let p of c.filter(d=>s[d]&&O(n[d]))){let{from:d,bend:u,bendTo:h,to:k}=s[p];a.beginPath(),a.moveTo(d.x,d.y),a.bezierCurveTo(u.x,u.y,h.x,h.y,k.x,k.y),a.lineWidth=O(n[p]),a.strokeStyle=U(n[p],i),a.stroke()}}var jt=.05;function dt(t){let{head:[e,r],label:o}=t.data,n=V("table",({table:s})=>s,({table:s})=>({table:!s}),t),i=[N(e,r),W(o)].filter(Boolean).join(" · "),a=l("p",{class:"lmkit-title"},l("b",{},"One head"),i);return{element:l("div",{class:"lmkit-bar"},a,n.element),update:s=>n.update({state:s})}}function mt(t){let{words:e,word:r,place:o,shares:n}=t.data,i=Ct(t),a=l("canvas",{"aria-hidden":"true"}),s=e.map((d,u)=>u===o?i:l("span",{class:u===r&&"lmkit-looks"},...ut(d))),c=l("div",{class:"lmkit-sentence"},a,...Tt(s,e));return{element:c,update:({ending:d},u)=>{let[h,k]=[i.children[d],i.children[1-d]];for(let x of[h,k])v(x,"aria-checked",`${x===h}`);Q([...i.children],d);let z=s.map((x,S)=>S===o?h:x);z.forEach(({lastElementChild:x},S)=>{x.textContent=Ot(n[d][S])}),k.lastElementChild.textContent="",pt(a,Mt(c),z.map(zt),r,n[d],u)}}}function Ct({data:{endings:t},store:e,signal:r}){let o=t.map(a=>l("button",{type:"button",class:"lmkit-button",role:"radio"},...ut(a))),n=l("span",{class:"lmkit-segments",role:"radiogroup","aria-label":"Ending"},...o),i=a=>{e.set({ending:a}),o[a].focus()};return L(n,Z(()=>e.get().ending,()=>2,i),r),o.forEach((a,s)=>a.addEventListener("click",()=>i(s),{signal:r})),n}var ut=t=>[l("bdi",{},t),l("small",{"aria-hidden":"true"})];function Tt(t,e){let r=[];return t.forEach((o,n)=>{n&&/^\p{P}$/u.test(e[n])?r.at(-1).append(o):r.push(l("span",{class:"lmkit-run"},o))}),r}var Ot=t=>t<jt?"":w(t),zt=({offsetLeft:t,offsetTop:e,offsetWidth:r,offsetHeight:o})=>({x:t,y:e,width:r,height:o}),Mt=({clientWidth:t,clientHeight:e})=>({width:t,height:e});function ft({data:t}){let e=l("output",{class:"lmkit-say","aria-live":"polite"}),r=l("p",{class:"lmkit-help"},...E(at(t))),o=({ending:n})=>{let[i,a]=it(t,n);e.replaceChildren(l("b",{},...E(i)),...E(a))};return{element:l("div",{},e,r),update:o}}function ht({data:t}){let e=l("div",{class:"lmkit-table",role:"group","aria-label":"Table of shares",tabindex:0});return{element:e,update:({table:o})=>{P(e,o),o&&e.replaceChildren(qt(t))}}}function qt({words:t,endings:e,shares:r,word:o,place:n}){let i=t.map((c,p)=>l("tr",{"aria-current":p===o&&"true"},l("th",{scope:"row"},l("bdi",{},p===n?e.join(" / "):c)),...r.map(d=>l("td",{},w(d[p]))))),a=["Word",...e].map(c=>l("th",{scope:"col"},l("bdi",{},c))),s=l("caption",{},"From ",l("bdi",{},t[o])," to each word");return l("table",{},s,l("thead",{},l("tr",{},...a)),l("tbody",{},...i))}var qe=ot(Kt);function Kt({model:t,el:e,signal:r,guarded:o}){let n=nt(t),i=tt({ending:t.get("ending"),table:!1},p=>({...p,ending:q(p.ending,2)}));et(i,t,["ending"],r);let a=Y(e,t.get("description"),r);A("lmkit-endings-styles",st);let s=[dt,mt,ft,ht].map(p=>p({data:n,store:i,signal:r}));a.append(...s.map(({element:p})=>p)),L(a,{t:()=>i.set({table:!i.get().table})},r);let c=o(()=>{let p=X(a);for(let d of s)d.update(i.get(),p)});i.subscribe(c,r),$(c,r),G(a,c,r),document.fonts.status==="loading"&&document.fonts.ready.then(c)}export{qe as default};
