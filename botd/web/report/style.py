"""The page's style sheet. Colours are the Okabe-Ito set, darkened or lightened to be read."""

STYLE = """
:root{--ground:#fff;--panel:#f6f7f9;--ink:#1a1f26;--soft:#59636e;--rule:#d5dae0;--faint:#e9ecf0;
--order:#0061a3;--fill:#00704f;--bad:#b03a00;--warn:#7a5200;--cap:#8a3d72;--band:#dfe6ee;
--bad-ground:#fdeee5;--warn-ground:#fdf4dd;--good-ground:#e3f4ee;--side:#6b7682}
@media(prefers-color-scheme:dark){:root{--ground:#11151a;--panel:#1a2027;--ink:#e8ebef;
--soft:#a3adb8;--rule:#3a434d;--faint:#252c34;--order:#63b8f0;--fill:#3fcf9f;--bad:#ff9a66;
--warn:#f0bd4a;--cap:#e3a6cc;--band:#2a3541;--bad-ground:#3a2216;--warn-ground:#332a14;
--good-ground:#13322a;--side:#8e99a5}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:1240px;margin:0 auto;padding:24px 20px 48px}
h1{font-size:30px;line-height:1.2;margin:0}h2{font-size:21px;margin:40px 0 12px}
h3{font-size:17px;margin:0 0 4px}h4{font-size:15px;margin:0 0 2px}
p{margin:0 0 8px}a{color:inherit}
.over{color:var(--soft);margin:0}.lead{margin:6px 0 18px}
.id,.legs,.why{color:var(--soft);font-size:13px;white-space:pre-wrap}.legs{color:var(--ink)}
code{font:13px/1.4 ui-monospace,"DejaVu Sans Mono",monospace;background:var(--panel);
border:1px solid var(--rule);border-radius:4px;padding:1px 5px;display:inline-block}
p code{margin-left:8px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px}
.tile{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:10px 14px}
.tile strong{display:block;font-size:26px;line-height:1.25}
.tile .name,.tile .words{display:block;color:var(--soft);font-size:13px}
.tile.urgent{border:2px solid var(--bad)}.tile.open{border-style:dashed;border-color:var(--soft)}
.note{margin:12px 0 0;padding:8px 12px;border-left:4px solid var(--rule);background:var(--panel)}
.unknown{border-left-color:var(--bad)}
.badge{display:inline-block;border:1px solid var(--rule);border-radius:99px;padding:0 9px;
font-size:13px;font-weight:400;white-space:nowrap}
.badge.danger,.badge.live{color:var(--bad);border-color:var(--bad);background:var(--bad-ground)}
.badge.danger{font-weight:700}
.badge.warning{color:var(--warn);border-color:var(--warn);background:var(--warn-ground)}
.badge.good,.badge.paper{color:var(--fill);border-color:var(--fill);background:var(--good-ground)}
.badge.quiet{color:var(--soft)}
table{border-collapse:collapse;width:100%;text-align:left}
th,td{vertical-align:top;padding:7px 10px;border-bottom:1px solid var(--faint)}
th{font-size:13px;color:var(--soft);font-weight:600}
.outcomes thead th{border-bottom:1px solid var(--rule)}
.outcomes .group th{color:var(--ink);font-size:15px;padding-top:18px;
border-bottom:2px solid var(--rule)}
.outcomes td{font-size:14px}.outcomes td:nth-child(1){width:20%}
.outcomes td:nth-child(2){width:29%}.outcomes td:nth-child(6){width:16%}
.outcomes td:nth-child(3){width:17%}
.outcomes td:nth-child(4),.outcomes td:nth-child(5){white-space:nowrap}
.outcomes tr.danger td:first-child{box-shadow:inset 4px 0 var(--bad)}
.outcomes tr.warning td:first-child{box-shadow:inset 4px 0 var(--warn)}
.fact{display:block;color:var(--bad)}.figure{white-space:nowrap;font-weight:600}
.figure.open{font-weight:400;font-style:italic;color:var(--bad)}
q{white-space:pre-wrap}td>q{display:block;font-size:13px;color:var(--soft)}
.bar{display:block;width:84px;height:8px;margin-top:4px}
figure{margin:0 0 20px}figcaption{color:var(--soft);font-size:13px;margin-top:4px}
svg{display:block;width:100%;height:auto}.narrow{display:none}
.position,.legend{border:1px solid var(--rule);border-radius:8px;padding:14px 16px;margin:0 0 16px}
.legend{margin-top:40px}.legend h2{margin:0 0 10px}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));
gap:14px 20px}
article:only-child{display:grid;gap:0 28px;align-content:start;
grid-template-columns:minmax(0,440px) minmax(0,1fr)}
article:only-child>h4,article:only-child>.why{grid-column:1/-1}
article{border-top:2px solid var(--rule);padding-top:8px;min-width:0}
.decided{font-weight:400}.ladder{margin:6px 0;max-width:440px}
.orders th{white-space:nowrap}.orders td,.orders th{padding:3px 8px 3px 0;font-size:13px}
.orders td:nth-child(-n+3){white-space:nowrap;width:1%}.orders{align-self:start}
blockquote{margin:4px 0 2px;padding:4px 8px;border-left:4px solid var(--bad);
background:var(--bad-ground)}
details{margin-top:8px}summary{cursor:pointer;color:var(--soft);font-size:14px}
.quiet-ones>summary{font-size:16px;color:var(--ink);padding:8px 0}
.quiet-ones>section{margin-top:12px}
ul{margin:6px 0 0;padding-left:20px;font-size:13px}li{white-space:pre-wrap}
dl{display:grid;grid-template-columns:minmax(120px,170px) 1fr;gap:4px 16px;margin:12px 0 0;
font-size:14px}dt{font-weight:600}dd{margin:0}
.marks{display:flex;flex-wrap:wrap;gap:6px 22px;font-size:13px}
.marks span{display:inline-flex;align-items:center;gap:6px}.marks svg{width:36px;height:18px}
text{font-size:12px;fill:var(--ink);paint-order:stroke;stroke:var(--ground);stroke-width:3px;
stroke-linejoin:round}
.ladder text{font-size:11px}.faint{fill:var(--soft)}.mark{font-weight:600}
.grid{stroke:var(--faint);fill:none}.axis{stroke:var(--soft);fill:none}.after{fill:var(--panel)}
.stem{stroke:var(--rule)}.strike{stroke:var(--side);stroke-dasharray:5 4}
.due{stroke:var(--warn);stroke-width:1.5;stroke-dasharray:2 3}
.bell{stroke:var(--ink);stroke-width:1.5}
.spot-line{fill:none;stroke:var(--order);stroke-width:2;stroke-linejoin:round}
.spot-dot{fill:var(--order)}
.band{fill:var(--band)}.bid,.ask{fill:none;stroke:var(--side);stroke-width:1.25}
.ask{stroke-dasharray:4 3}.cap{fill:none;stroke:var(--cap);stroke-width:2;stroke-dasharray:1 4;
stroke-linecap:round}.cap-label{fill:var(--cap);font-weight:600}
.ask-label,.bid-label{fill:var(--soft)}
.order{fill:none;stroke:var(--order);stroke-width:3.5}.unsure{stroke-dasharray:3 2}
.step{fill:var(--order);font-weight:700}
.fill{fill:var(--fill);stroke:var(--ground);stroke-width:1.5}.fill-label{fill:var(--fill);font-weight:600}
.refused{stroke:var(--bad);stroke-width:3;stroke-linecap:round}.bad-label{fill:var(--bad);font-weight:700}
.track{fill:var(--faint)}.ends{display:flex;flex-wrap:wrap;gap:6px 8px;margin:14px 0 0}
.gain{fill:var(--fill)}.loss{fill:var(--bad)}
@media screen and (max-width:760px){.wide{display:none}.narrow{display:block}
main{padding:16px 14px 40px}h1{font-size:25px}.outcomes thead{display:none}
.outcomes,.outcomes tbody,.outcomes tr,
.outcomes td,.outcomes .group th{display:block;width:auto!important}
.outcomes tr:not(.group){border:1px solid var(--rule);border-radius:8px;margin:10px 0;
padding:4px 0;overflow:hidden}
.outcomes td{border:0;padding:3px 12px}.outcomes td:empty{display:none}
.outcomes td::before{content:attr(data-label);display:block;font-size:12px;color:var(--soft)}
.outcomes td:first-child::before{display:none}
.outcomes td:nth-child(2)::before{display:none}
.outcomes tr:not(.group){display:grid;grid-template-columns:1fr 1fr}
.outcomes td:nth-child(-n+3),.outcomes td:nth-child(6){grid-column:1/-1}
.outcomes tr.danger{box-shadow:inset 4px 0 var(--bad)}
.outcomes tr.warning{box-shadow:inset 4px 0 var(--warn)}
.outcomes tr td:first-child{box-shadow:none!important}
article:only-child{display:block}.tiles{grid-template-columns:1fr 1fr}.tile strong{font-size:21px}
.position,.legend{padding:12px}dl{grid-template-columns:1fr}dd{margin-bottom:6px}}
@media print{:root{--ground:#fff;--panel:#fff;--ink:#000;--soft:#444;--rule:#999;--faint:#ddd;
--order:#004c80;--fill:#00593f;--bad:#8f2f00;--warn:#5c3e00;--cap:#6d2f59;--band:#e6e6e6;
--bad-ground:#fff;--warn-ground:#fff;--good-ground:#fff;--side:#555}
body,.outcomes td{font-size:11px}main{max-width:none;padding:0}
h1{font-size:22px}h2{font-size:16px;margin:22px 0 8px}h3{font-size:13px}
.tiles{grid-template-columns:repeat(5,1fr)}.tile strong{font-size:17px}.tile{padding:6px 8px}
.tile .name,.tile .words,.badge,.id,.legs,.why,code,th,td>q,figcaption,
summary,.orders td,.orders th,dl,.marks{font-size:10px}
th,td{padding:4px 6px}h4{font-size:12px}
.panels{grid-template-columns:repeat(auto-fit,minmax(200px,1fr))}
.ladder{max-width:260px}article:only-child{grid-template-columns:260px 1fr}
tr,article,figure,.tile{break-inside:avoid}
h2,h3,h4{break-after:avoid}.quiet-ones::details-content{content-visibility:visible}}
"""
