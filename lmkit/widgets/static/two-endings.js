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
`;var{abs:C,ceil:Bt,cos:Vt,floor:Ht,max:g,min:m,round:f,sin:Dt,sqrt:M,PI:Ut}=Math;var I=(t,e)=>m(e-1,g(0,t));var yt={" ":"␣","\n":"↵","	":"⇥"},Et=/[\0- \x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff]/g;function W(t){return t.replace(Et,e=>yt[e]??K(e))||"∅"}var $t=/[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;function N(t){return t.replace($t,K)}var F=t=>t&&`⁨${t}⁩`;function K(t){return`‹${t.charCodeAt(0).toString(16).padStart(4,"0")}›`}function w(t){let e=100*t;return e>=9.95?`${f(e)} %`:e>=.05?`${e.toFixed(1).replace(".0","")} %`:e>0?"< 0.1 %":"0 %"}var P=(t,e)=>`L${t} · H${e}`;var v="";function l(t,e={},...o){let r=document.createElement(t);for(let[n,i]of Object.entries(e))y(r,n,i);return r.append(...o),r}function y(t,e,o){o===!1||o===null?t.removeAttribute(e):t.setAttribute(e,o===!0?"":String(o))}function B(t,e){!e&&t.contains(document.activeElement)&&t.closest(".lmkit-figure").focus(),t.hidden=!e}function At(t,e,o){let r=l("button",{type:"button",class:"lmkit-button","aria-pressed":"false"},t);return r.addEventListener("click",e,{signal:o}),r}function V(t,e,o,{store:r,signal:n}){let i=At(t,()=>r.set(o(r.get())),n);return{element:i,update:({state:a})=>y(i,"aria-pressed",`${e(a)}`)}}function E(t){return t.split(v).map((e,o)=>o%2?l("bdi",{},e):e)}var O=({key:t,shiftKey:e,ctrlKey:o,metaKey:r,altKey:n})=>o||r||n||e&&t==="Enter";function $(t,e,o){t.addEventListener("keydown",r=>{let n=e[r.key];!n||O(r)||n(r)!==!1&&(r.preventDefault(),r.stopPropagation())},{signal:o})}function H(t,e){t.forEach((o,r)=>{o.tabIndex=r===e?0:-1})}function D(t,e,o){let r=a=>o(m(e()-1,g(0,a))),n=()=>r(t()-1),i=()=>r(t()+1);return{ArrowLeft:n,ArrowUp:n,ArrowRight:i,ArrowDown:i,Home:()=>r(0),End:()=>r(e()-1)}}function U(t){let e=parseInt(t.slice(1),16);return[e>>16,e>>8&255,e&255]}function _(t){return"#"+t.map(e=>f(e).toString(16).padStart(2,"0")).join("")}function X(t,e){let[o,r,n,i=1]=t.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number)??[0,0,0,0],a=[o,r,n].map(s=>255*m(1,g(0,s)));return _(Y([e,e,e],a,i))}function Y(t,e,o){return t.map((r,n)=>r+(e[n]-r)*o)}function G(t,{page:e,weight:o}){return _(Y(U(e),U(o),M(m(1,g(0,t)))))}var J=["page","panel","ink","quiet","line","accent","focus","weight","loss"];function z(){let{documentElement:t,body:e}=document;return t.dataset.theme?t.dataset.theme==="dark":e.dataset.jpThemeLight?e.dataset.jpThemeLight==="false":/\bvscode-(dark|light|high-contrast)/.test(e.className)?!e.className.includes("light"):t.hasAttribute("theme")?t.getAttribute("theme")==="dark":matchMedia("(prefers-color-scheme: dark)").matches}function Q(t){let e=z(),o=J.map(n=>{let i=document.createElement("span");return i.style.color=`color-mix(in srgb, var(--lmkit-${n}), var(--lmkit-${n}))`,i});t.append(...o);let r=J.map((n,i)=>[n,X(getComputedStyle(o[i]).color,e?0:255)]);return o.forEach(n=>n.remove()),{dark:e,...Object.fromEntries(r)}}function A(t,e){let o=new MutationObserver(()=>requestAnimationFrame(()=>e.aborted||t())),r=["class","data-theme","data-jp-theme-light","data-jp-theme-name","theme"];for(let n of[document.documentElement,document.body])o.observe(n,{attributeFilter:r});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",t,{signal:e}),e.addEventListener("abort",()=>o.disconnect())}function Z(t,e,o){L("lmkit-styles",j);let r=l("div",{class:"lmkit-figure",role:"group","aria-label":e,tabindex:-1});Lt(r,o);let n=()=>{r.dataset.lmkitTheme=z()?"dark":"light"};return n(),A(n,o),t.append(r),o.addEventListener("abort",()=>r.remove()),r}function Lt(t,e){addEventListener("keydown",o=>{let{target:r}=o;r instanceof Element&&t.contains(r)&&r.toggleAttribute("data-lm-suppress-shortcuts",!O(o))},{capture:!0,signal:e})}function L(t,e){document.getElementById(t)||document.head.append(l("style",{id:t},e))}function tt(t,e,o){let r=0,n=new ResizeObserver(()=>{let i=t.clientWidth;i>0&&i!==r&&e(r=i)});n.observe(t),o.addEventListener("abort",()=>n.disconnect())}function et(t,e){console.error(e),L("lmkit-styles",j),t.replaceChildren(l("p",{class:"lmkit-error",role:"alert"},`This figure cannot be drawn: ${e.message}`))}function ot(t,e=o=>o){let o=e(t),r=new Set;return{get:()=>o,set(n){let i=e({...o,...n}),a=new Set(Object.keys(i).filter(s=>!Object.is(o[s],i[s])));if(a.size!==0){o=i;for(let s of[...r])s(o,a)}},subscribe(n,i){r.add(n),i.addEventListener("abort",()=>r.delete(n))}}}function rt(t,e,o,r){let n=!1;t.subscribe((a,s)=>{let c=o.filter(p=>s.has(p)&&e.get(p)!==a[p]);n=!0;try{for(let p of c)e.set(p,a[p])}finally{n=!1}c.length&&e.save_changes()},r);let i=()=>{n||t.set(Object.fromEntries(o.map(a=>[a,e.get(a)])))};for(let a of o)e.on(`change:${a}`,i),r.addEventListener("abort",()=>e.off(`change:${a}`,i))}function nt(t,e){let o=new AbortController,r=n=>(...i)=>{if(!o.signal.aborted)try{n(...i)}catch(a){o.abort(),e(a)}};return r(t)({signal:o.signal,guarded:r}),()=>o.abort()}function it(t){async function e({model:o,el:r}){let n,i=nt(a=>{n=t({model:o,el:r,...a})},a=>et(r,a));return await n,()=>{i(),r.replaceChildren()}}return{render:e}}function at(t){let[e,o]=["words","endings"].map(c=>t.get(c).map(W)),[r,n,i,a,s]=["shares","word","to","place","head"].map(c=>t.get(c));if(o.length!==2||r.length!==2)throw new Error("there must be two endings.");if(r.some(c=>c.length!==e.length))throw new Error("each word needs one share for each ending.");if(![n,i,a].every(c=>c in e))throw new Error("a word that is named does not exist.");return{words:e,endings:o,shares:r,word:n,to:i,place:a,head:s,label:N(t.get("label"))}}var St=({words:t,endings:e,place:o},r)=>t.map((n,i)=>i===o?e[r]:n),b=t=>`“${v}${t}${v}”`;function st(t,e){let o=St(t,e),r=t.shares[e],i=[...r.keys()].sort((a,s)=>r[s]-r[a]).slice(0,3).map(a=>`${w(r[a])} on ${b(o[a])}`);return[`With ${b(t.endings[e])}: `,`from ${b(o[t.word])}, ${i.join(", ")}.`]}function lt({words:t,endings:e,word:o,to:r,head:[,,n]}){return`Of its ${n} heads, the one that looks most from ${b(t[o])} to ${b(t[r])} with ${b(e[0])}.`}var ct=`.lmkit-figure {
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
`;function pt(t,e){let o=l("div",{class:"lmkit-table",role:"group","aria-label":`Table of ${t}`,tabindex:0});function r(n){B(o,n.state.table),o.replaceChildren(...n.state.table?[e(n)]:[])}return{element:o,update:r}}function dt(t,e,o){let r=t.length?[S("caption",{},t)]:[],n=l("tr",{},...e.map(i=>S("th",{scope:"col"},i)));return l("table",{},...r,l("thead",{},n),l("tbody",{},...o))}function mt(t,e,o=!1){return l("tr",{"aria-current":o&&"true"},S("th",{scope:"row"},t),...e.map(r=>S("td",{},r)))}var S=(t,e,o)=>l(t,e,...[o].flat());function ut(t,e,o){let r=jt();t.width=f(e*r),t.height=f(o*r),t.style.width=`${e}px`,t.style.height=`${o}px`;let n=t.getContext("2d");return n.scale(r,r),n}function jt(){return m(2,globalThis.devicePixelRatio||1)}function ft(t,e){return t.map((o,r)=>r===e?null:Ct(t[e],o))}function Ct(t,e){let[o,r]=[t,e].map(d=>d.x+d.width/2),n=e.y-t.y>t.height/2,i=t.y-e.y>t.height/2,a=n?t.y+t.height:t.y,s=i?e.y+e.height:e.y,[c,p]=n||i?[(a+s)/2,(a+s)/2]:Array(2).fill(a-zt(C(r-o)));return{from:{x:o,y:a},bend:{x:o,y:c},bendTo:{x:r,y:p},to:{x:r,y:s}}}var Ot=24,zt=t=>m(Ot,9+t/8)/.75,R=t=>t<.01?0:1+11*t;function ht(t,e,o,r,n,i){let a=ut(t,e.width,e.height),s=ft(o,r),c=[...s.keys()].sort((p,d)=>n[p]-n[d]);for(let p of c.filter(d=>s[d]&&R(n[d]))){let{from:d,bend:u,bendTo:h,to:k}=s[p];a.beginPath(),a.moveTo(d.x,d.y),a.bezierCurveTo(u.x,u.y,h.x,h.y,k.x,k.y),a.lineWidth=R(n[p]),a.strokeStyle=G(n[p],i),a.stroke()}}var Rt=.05;function xt(t){let{head:[e,o],label:r}=t.data,n=V("table",({table:s})=>s,({table:s})=>({table:!s}),t),i=[P(e,o),F(r)].filter(Boolean).join(" · "),a=l("p",{class:"lmkit-title"},l("b",{},"One head"),i);return{element:l("div",{class:"lmkit-bar"},a,n.element),update:s=>n.update({state:s})}}function gt(t){let{words:e,word:o,place:r,shares:n}=t.data,i=qt(t),a=l("canvas",{"aria-hidden":"true"}),s=e.map((d,u)=>u===r?i:l("span",{class:u===o&&"lmkit-looks"},...bt(d))),c=l("div",{class:"lmkit-sentence"},a,...Mt(s,e));return{element:c,update:({ending:d},u)=>{let[h,k]=[i.children[d],i.children[1-d]];for(let x of[h,k])y(x,"aria-checked",`${x===h}`);H([...i.children],d);let q=s.map((x,T)=>T===r?h:x);q.forEach(({lastElementChild:x},T)=>{x.textContent=It(n[d][T])}),k.lastElementChild.textContent="",ht(a,Nt(c),q.map(Wt),o,n[d],u)}}}function qt({data:{endings:t},store:e,signal:o}){let r=t.map(a=>l("button",{type:"button",class:"lmkit-button",role:"radio"},...bt(a))),n=l("span",{class:"lmkit-segments",role:"radiogroup","aria-label":"Ending"},...r),i=a=>{e.set({ending:a}),r[a].focus()};return $(n,D(()=>e.get().ending,()=>2,i),o),r.forEach((a,s)=>a.addEventListener("click",()=>i(s),{signal:o})),n}var bt=t=>[l("bdi",{},t),l("small",{"aria-hidden":"true"})];function Mt(t,e){let o=[];return t.forEach((r,n)=>{n&&/^\p{P}$/u.test(e[n])?o.at(-1).append(r):o.push(l("span",{class:"lmkit-run"},r))}),o}var It=t=>t<Rt?"":w(t),Wt=({offsetLeft:t,offsetTop:e,offsetWidth:o,offsetHeight:r})=>({x:t,y:e,width:o,height:r}),Nt=({clientWidth:t,clientHeight:e})=>({width:t,height:e});function kt({data:t}){let e=l("output",{class:"lmkit-say","aria-live":"polite"}),o=l("p",{class:"lmkit-help"},...E(lt(t))),r=({ending:n})=>{let[i,a]=st(t,n);e.replaceChildren(l("b",{},...E(i)),...E(a))};return{element:l("div",{},e,o),update:r}}function wt({data:t}){let{element:e,update:o}=pt("shares",()=>Ft(t));return{element:e,update:r=>o({state:r})}}function Ft({words:t,endings:e,shares:o,word:r,place:n}){let i=s=>l("bdi",{},s),a=t.map((s,c)=>mt(i(c===n?e.join(" / "):s),o.map(p=>w(p[c])),c===r));return dt(["From ",i(t[r])," to each word"],["Word",...e].map(i),a)}var Ve=it(Kt);function Kt({model:t,el:e,signal:o,guarded:r}){let n=at(t),i=ot({ending:t.get("ending"),table:!1},p=>({...p,ending:I(p.ending,2)}));rt(i,t,["ending"],o);let a=Z(e,t.get("description"),o);L("lmkit-endings-styles",ct);let s=[xt,gt,kt,wt].map(p=>p({data:n,store:i,signal:o}));a.append(...s.map(({element:p})=>p)),$(a,{t:()=>i.set({table:!i.get().table})},o);let c=r(()=>{let p=Q(a);for(let d of s)d.update(i.get(),p)});i.subscribe(c,o),A(c,o),tt(a,c,o),document.fonts.status==="loading"&&document.fonts.ready.then(c)}export{Ve as default};
