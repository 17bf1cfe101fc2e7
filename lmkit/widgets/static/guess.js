var{abs:T,ceil:Q,cos:Rt,floor:Vt,max:x,min:b,round:y,sin:Wt,sqrt:Et,PI:Kt}=Math;var I=(t,e)=>b(e-1,x(0,t));var At=/[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;function O(t){return t.replace(At,St)}function St(t){return`‹${t.charCodeAt(0).toString(16).padStart(4,"0")}›`}var X=t=>String(t).replace(/\B(?=(\d{3})+$)/g,",");function c(t,e={},...r){let o=document.createElement(t);for(let[n,i]of Object.entries(e))v(o,n,i);return o.append(...r),o}function v(t,e,r){r===!1||r===null?t.removeAttribute(e):t.setAttribute(e,r===!0?"":String(r))}function A(t,e){!e&&t.contains(document.activeElement)&&t.closest(".lmkit-figure").focus(),t.hidden=!e}var V=`.lmkit-figure {
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
`;var W=({key:t,shiftKey:e,ctrlKey:r,metaKey:o,altKey:n})=>r||o||n||e&&t==="Enter";function N(t,e,r){t.addEventListener("keydown",o=>{let n=e[o.key];!n||W(o)||n(o)!==!1&&(o.preventDefault(),o.stopPropagation())},{signal:r})}function Lt(t){return"#"+t.map(e=>y(e).toString(16).padStart(2,"0")).join("")}function J(t,e){let[r,o,n,i=1]=t.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number)??[0,0,0,0],a=[r,o,n].map(l=>255*b(1,x(0,l)));return Lt(jt([e,e,e],a,i))}function jt(t,e,r){return t.map((o,n)=>o+(e[n]-o)*r)}var Z=["page","panel","ink","quiet","line","accent","focus","weight","loss"];function K(){let{documentElement:t,body:e}=document;return t.dataset.theme?t.dataset.theme==="dark":e.dataset.jpThemeLight?e.dataset.jpThemeLight==="false":/\bvscode-(dark|light|high-contrast)/.test(e.className)?!e.className.includes("light"):t.hasAttribute("theme")?t.getAttribute("theme")==="dark":matchMedia("(prefers-color-scheme: dark)").matches}function tt(t){let e=K(),r=Z.map(n=>{let i=document.createElement("span");return i.style.color=`color-mix(in srgb, var(--lmkit-${n}), var(--lmkit-${n}))`,i});t.append(...r);let o=Z.map((n,i)=>[n,J(getComputedStyle(r[i]).color,e?0:255)]);return r.forEach(n=>n.remove()),{dark:e,...Object.fromEntries(o)}}function M(t,e){let r=new MutationObserver(()=>requestAnimationFrame(()=>e.aborted||t())),o=["class","data-theme","data-jp-theme-light","data-jp-theme-name","theme"];for(let n of[document.documentElement,document.body])r.observe(n,{attributeFilter:o});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",t,{signal:e}),e.addEventListener("abort",()=>r.disconnect())}function et(t,e,r){P("lmkit-styles",V);let o=c("div",{class:"lmkit-figure",role:"group","aria-label":e,tabindex:-1});Ct(o,r);let n=()=>{o.dataset.lmkitTheme=K()?"dark":"light"};return n(),M(n,r),t.append(o),r.addEventListener("abort",()=>o.remove()),o}function Ct(t,e){addEventListener("keydown",r=>{let{target:o}=r;o instanceof Element&&t.contains(o)&&o.toggleAttribute("data-lm-suppress-shortcuts",!W(r))},{capture:!0,signal:e})}function P(t,e){document.getElementById(t)||document.head.append(c("style",{id:t},e))}function rt(t,e,r){let o=0,n=new ResizeObserver(()=>{let i=t.clientWidth;i>0&&i!==o&&e(o=i)});n.observe(t),r.addEventListener("abort",()=>n.disconnect())}function ot(t,e){console.error(e),P("lmkit-styles",V),t.replaceChildren(c("p",{class:"lmkit-error",role:"alert"},`This figure cannot be drawn: ${e.message}`))}function nt(t,e=r=>r){let r=e(t),o=new Set;return{get:()=>r,set(n){let i=e({...r,...n}),a=new Set(Object.keys(i).filter(l=>!Object.is(r[l],i[l])));if(a.size!==0){r=i;for(let l of[...o])l(r,a)}},subscribe(n,i){o.add(n),i.addEventListener("abort",()=>o.delete(n))}}}function it(t,e,r,o){let n=!1;t.subscribe((a,l)=>{let s=r.filter(p=>l.has(p)&&e.get(p)!==a[p]);n=!0;try{for(let p of s)e.set(p,a[p])}finally{n=!1}s.length&&e.save_changes()},o);let i=()=>{n||t.set(Object.fromEntries(r.map(a=>[a,e.get(a)])))};for(let a of r)e.on(`change:${a}`,i),o.addEventListener("abort",()=>e.off(`change:${a}`,i))}function at(t,e){let r=new AbortController,o=n=>(...i)=>{if(!r.signal.aborted)try{n(...i)}catch(a){r.abort(),e(a)}};return o(t)({signal:r.signal,guarded:o}),()=>r.abort()}function st(t){async function e({model:r,el:o}){let n,i=at(a=>{n=t({model:r,el:o,...a})},a=>ot(o,a));return await n,()=>{i(),o.replaceChildren()}}return{render:e}}function lt(t){let[e,r,o,n,i]=["kind","question","choices","unit","ends"].map(a=>t.get(a));return{kind:e,question:O(r),choices:o.map(O),unit:O(n),ends:i}}function pt(t){let e=t.replace(/[\s%]/g,"").replace(/,(?=\d{3}(\D|$))/g,"").replace(",",".");return e&&Number.isFinite(+e)?[+e]:[]}function k(t,e=""){return(Number.isInteger(t)?X(t):t.toLocaleString("en",{maximumSignificantDigits:3}))+(e&&` ${e}`)}function qt(t,e,r){if(k(t)===k(e))return"exactly";let o=t>e?"too high":"too low",n=x(t,e)/b(t,e);return r==="%"?`${o} by ${k(+T(t-e).toFixed(1),"points")}`:b(t,e)<=0?`${o} by ${k(T(t-e),r)}`:n<1.1?`${o} by ${k(100*n-100,"%")}`:`${o} by a factor of ${k(+n.toPrecision(2))}`}function It(t,e,r){let o=t.map((n,i)=>r>0?T(Math.log(n/x(r,e[i]))):T(n-e[i]));return o.indexOf(x(...o))}function ct({kind:t,choices:e,unit:r,ends:o},{guess:n,done:i,answer:a}){if(!i)return"";if(!a.length)return"Now run the next cell: it finds the answer.";if(t==="number")return D(n[0],a[0],r);if(t==="draw"){let p=It(n,a,o.low);return`Furthest off at ${e[p]}. ${D(n[p],a[p],r)}`}let[l,s]=[n,a].map(p=>p.map(m=>`“${e[m].replace(/\.$/,"")}”`).join(", ")||"none");return l===s?`You said ${l}. So it is.`:`You said ${l}. Right is ${s}.`}var D=(t,e,r)=>`You said ${k(t)}, it is ${k(e,r)}: ${qt(t,e,r)}.`;function mt(t,e,r){let o=Ot();t.width=y(e*o),t.height=y(r*o),t.style.width=`${e}px`,t.style.height=`${r}px`;let n=t.getContext("2d");return n.scale(o,o),n}function Ot(){return b(2,globalThis.devicePixelRatio||1)}function dt(t){let e=t.currentTarget.getBoundingClientRect();return{x:t.clientX-e.left,y:t.clientY-e.top}}function ut(t,e,r=!1){t.font=`${r?"bold ":""}${e}px ${getComputedStyle(t.canvas).fontFamily}`,t.direction="ltr",t.textBaseline="middle"}function z(t,e,r,o,n,i){t.textAlign=n,t.fillStyle=i,t.fillText(e,r,o)}function B(t,e,r=o=>o){let[o,n]=t.map(r),i=(e[1]-e[0])/(n-o||1);return a=>e[0]+i*(r(a)-o)}function H(t,e,r,o=1){t.beginPath();let n="moveTo";for(let[i,a]of e)t[n](i,a),n=a<1/0?"lineTo":"moveTo";t.strokeStyle=r,t.lineWidth=o,t.stroke()}function ft(t,e,r,o,n,i,a=1){t.beginPath(),t.arc(e,r,o,0,7),t.fillStyle=n,t.fill(),t.strokeStyle=i,t.lineWidth=a,t.stroke()}var gt=12,j=172,G=28;function U({low:t,high:e}){let r=o=>b(1,x(0,o));return{partOf:B([t,e],[0,1],t>0?Math.log:void 0),valueAt:o=>b(e,+(t>0?t*(e/t)**r(o):e*r(o)).toPrecision(2))}}function ht({choices:t,ends:e},r){let{partOf:o,valueAt:n}=U(e),[i,a,l]=[48,r-G,t.length-1],s=t.join("").length/t.length,p=Q(l*(6*s+8)/(a-i));return{height:j+30,left:i,right:a,x:B([0,l],[i,a]),y:m=>j-(j-gt)*x(-.05,b(1.05,o(m))),hit:({x:m,y:d})=>[I(y(l*(m-i)/(a-i)),l+1),n((j-d)/(j-gt))],ticks:[0,.5,1].map(n),named:m=>m%p===0}}function xt(t,[e,r],o=e){let n=e-o||1;return t.map((i,a)=>{let l=(a-o)/n;return a===e?r:l>0&&l<1?t[o]+l*(r-t[o]):i})}function bt(t,e,{choices:r},{guess:o,answer:n,place:i},a){let{x:l,y:s,left:p,right:m,height:d}=e;ut(t,12);for(let u of e.ticks)H(t,[[p,s(u)],[m,s(u)]],a.line),z(t,k(u),p-8,s(u),"right",a.quiet);r.forEach((u,f)=>{let w=t.measureText(u).width/2;e.named(f)&&z(t,u,x(w,b(m+G-w,l(f))),d-12,"center",a.quiet)});let g=r.every(u=>/^[\d.,]+$/.test(u));for(let[u,f]of[[n,a.weight],[o,a.accent]]){let w=u.map(($,S)=>[l(S),s($)]);g&&H(t,w,f,2),w.forEach(([$,S],F)=>ft(t,$,S,u===o&&F===i?6:4,u===o?a.page:f,f,2))}n.length&&Nt(t,e,{guess:o,answer:n},a)}function Nt(t,{x:e,y:r},{guess:o,answer:n},i){let a=o.length-1,l=o[a]>n[a],s=(p,m,d,g)=>z(t,p,e(a)+6,x(8,r(m)+(d?-12:12)),"right",g);s("you",o[a],l,i.accent),s("it is",n[a],!l,i.weight)}var kt=.05;function wt({question:t,store:e,signal:r,guarded:o}){let{question:n,choices:i,unit:a,ends:l}=t,s=c("canvas",{class:"lmkit-drawing",tabindex:0,role:"slider","aria-label":n,"aria-valuemin":l.low,"aria-valuemax":l.high}),p=c("div",{class:"lmkit-table",role:"group","aria-label":"Guess and answer",tabindex:0}),m=c("p",{class:"lmkit-help"}),d=c("div",{},m,s,p),{partOf:g,valueAt:u}=U(l),f=0,w,$=()=>e.get().guess.length?e.get().guess:i.map(()=>u(.5)),S=(h,E)=>{f=h[0],e.get().done?q(e.get()):e.set({guess:xt($(),h,E)})},F=h=>{h.buttons&&(s.setPointerCapture(h.pointerId),S(w.hit(dt(h)),h.type==="pointermove"?f:void 0))};for(let h of["pointerdown","pointermove"])s.addEventListener(h,F,{signal:r});let C=h=>()=>{f=I(f+h,i.length),q(e.get())},_=h=>()=>S([f,u(g($()[f])+h)]);N(s,{ArrowLeft:C(-1),ArrowRight:C(1),Home:C(-i.length),End:C(i.length),ArrowUp:_(kt),ArrowDown:_(-kt)},r);function q(h){let[E,L]=[$(),h.done?h.answer:[]],$t=L.length?D(E[f],L[f],a):k(E[f],a);v(s,"aria-valuenow",E[f]),v(s,"aria-valuetext",`${i[f]}: ${$t}`),m.textContent=h.guess.length?s.ariaValueText:"Drag the points, or use the arrow keys.",A(p,L.length>0),p.replaceChildren(Mt(i,{"you said":E,"it is":L}));let R=d.clientWidth;R&&(w=ht(t,R),bt(mt(s,R,w.height),w,t,{guess:E,answer:L,place:f},tt(d)))}return rt(d,o(()=>q(e.get())),r),{element:d,update:q}}function Mt(t,e){let r=(n,i)=>c("tr",{},c("th",{scope:"row"},n),...i.map(a=>c("td",{},a))),o=Object.entries(e).map(([n,i])=>r(n,i.map(a=>k(a))));return c("table",{},r("at",t),...o)}function vt({question:{question:t,unit:e},store:r,give:o,signal:n}){let i=c("input",{class:"lmkit-button",inputmode:"decimal",size:8,autocomplete:"off","aria-label":t}),a=["you","it is"].map(s=>c("p",{},c("span",{},s),c("i"),c("span"))),l=c("div",{class:"lmkit-bars"},...a);return i.addEventListener("input",()=>{let s=pt(i.value);r.set({guess:s}),v(i,"aria-invalid",!!i.value&&!s.length&&"true")},{signal:n}),N(i,{Enter:()=>o(r.get().guess)},n),{element:c("div",{class:"lmkit-typed"},c("label",{},i,` ${e}`),l),update:({done:s,guess:p,answer:m})=>{i.readOnly=s,A(l,s&&m.length>0);let d=[p[0],m[0]];a.forEach(({children:[,g,u]},f)=>{!s||!m.length||(g.style.setProperty("--part",`${100*x(0,d[f])/x(...d,1e-9)}%`),u.textContent=k(d[f],e))})}}}function Y({question:{kind:t,choices:e},store:r,give:o,signal:n}){let i=t==="several",a=e.map((l,s)=>{let p=c("button",{type:"button",class:"lmkit-button"},c("bdi",{},l),c("span")),m=()=>{let{guess:d,done:g}=r.get();i?g||r.set({guess:d.includes(s)?d.filter(u=>u!==s):[...d,s].sort((u,f)=>u-f)}):o([s])};return p.addEventListener("click",m,{signal:n}),p});return{element:c("div",{class:"lmkit-choices"},...a),update:({guess:l,done:s,answer:p})=>a.forEach((m,d)=>{let[g,u]=[l.includes(d),s&&p.includes(d)];v(m,"aria-pressed",`${g}`),v(m,"aria-disabled",s&&"true"),v(m,"data-right",u),m.lastElementChild.textContent=[s&&g&&"your guess",u&&"✓ right"].filter(Boolean).join(", ")})}}var yt=`.lmkit-figure {
  .lmkit-choices { display: flex; flex-wrap: wrap; gap: 6px; margin: 8px 0;
    > * { text-align: start; }
    [aria-disabled] { cursor: default; }
    [data-right] { border-color: var(--lmkit-weight); box-shadow: 0 0 0 1px var(--lmkit-weight); }
    span:not(:empty) { margin-inline-start: 8px; color: var(--lmkit-quiet); font-weight: 400; }
    bdi { font-family: inherit; }
  }
  .lmkit-typed { margin: 8px 0;
    input { margin-inline-end: 4px; font-size: 16px; }
  }
  .lmkit-bars p { display: grid; grid-template-columns: 48px 1fr 110px; align-items: center; gap: 8px; margin: 4px 0 0; }
  .lmkit-bars i { height: 10px; border-radius: 2px; background: linear-gradient(var(--lmkit-weight) 0 0) no-repeat 0 / var(--part); }
  .lmkit-bars :first-child i { background-image: linear-gradient(var(--lmkit-accent) 0 0); }
  .lmkit-drawing { cursor: crosshair; touch-action: none; }
  .lmkit-button:disabled { opacity: 0.5; cursor: default; }
  @media print { .lmkit-choices .lmkit-button { display: block; } }
}
`;var Dt={pick:Y,several:Y,number:vt,draw:wt},rr=st(zt);function zt({model:t,el:e,signal:r,guarded:o}){let n=lt(t),i=nt({guess:[],done:!1,answer:t.get("answer")});it(i,t,["answer"],r);let a=et(e,n.question,r);P("lmkit-guess-styles",yt);let l=g=>{g.length&&!i.get().done&&i.set({guess:g,done:!0})},s=Dt[n.kind]({question:n,store:i,give:l,signal:r,guarded:o}),p=c("button",{type:"button",class:"lmkit-button"},"That is my guess");p.addEventListener("click",()=>l(i.get().guess),{signal:r});let m=c("output",{class:"lmkit-say","aria-live":"polite"});a.append(c("p",{class:"lmkit-title"},c("b",{},"Guess"),n.question),s.element,p,m);let d=o(()=>{let g=i.get();s.update(g),p.disabled=!g.guess.length,A(p,!g.done&&n.kind!=="pick"),m.textContent=ct(n,g),A(m,g.done),g.done&&Ft(e)});i.subscribe(d,r),M(d,r),d()}function Ft(t){let e=t.closest(".cell")?.nextElementSibling;e?.matches("details.covered")&&e.setAttribute("open","")}export{rr as default};
