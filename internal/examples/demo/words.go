package demo

const factsText = `Lund chair
Oiled ash, FSC certified. Seats one. Folds flat to 6 cm.
Eight colours: sage, rust, fjord, sand, plum, moss, chalk, ink.
Every part can be replaced for ten years.
`

const emailFirst = `Spring has come to Lund.

The light is back, and so are the long evenings. Our new Lund chairs are made of oiled ash, sit two, and fold away in seconds.

Order before the end of April and we bring them to your door for free.

Made to be repaired: every part can be replaced for ten years.
`

const emailSecond = `Spring is here. Bring the chairs out.

The light is back, and so are the long evenings. Our new Lund chairs are made of oiled ash, sit two, and fold flat in seconds.

Order by the end of April and we bring them to your door for free.

Made to be repaired: every part can be replaced for ten years.
`

const emailThird = `Spring is here. Bring the chairs out.

The light is back, and so are the long evenings. Our new Lund chairs are made of oiled ash from certified forests, seat one comfortably, and fold flat in seconds.

Order by 30 April and we bring them to your door for free, anywhere on the mainland.

Made to be repaired: every part can be replaced for ten years.
`

const articleFirst = `# Why we build with ash

Ash is the wood of *tool handles*: it bends before it breaks.

## What that means for a chair

- It is light. You carry it out with one hand.
- It is strong. The back is two centimetres thick.
- It grows back within one lifetime.

> A chair that folds is folded ten thousand times.
`

const articleSecond = `# Why we build with ash

Ash is the wood of *tool handles*: it bends before it breaks. That is why oars are made of it, and why our chairs are.

## What that means for a chair

- It is light. You carry it out with one hand.
- It is strong. The back is eighteen millimetres thick.
- It grows back within one lifetime.

| part | wood | replaced in |
|---|---|---|
| seat | ash | 5 minutes |
| back | ash | 10 minutes |

> A chair that folds is folded ten thousand times.
`

const bannerSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 300" width="1200" height="300">
<rect width="1200" height="300" fill="#2d4a43"/><circle cx="940" cy="150" r="190" fill="#38584f"/>
<text x="60" y="135" font-family="Georgia, serif" font-size="64" fill="#f3ead9">Free delivery</text>
<text x="62" y="185" font-family="sans-serif" font-size="26" fill="#d8cfbd">until 30 April, on the mainland</text>
<g fill="#d9b36a"><rect x="870" y="70" width="140" height="90" rx="26"/><rect x="860" y="160" width="160" height="26" rx="13"/></g>
<g stroke="#b5703f" stroke-width="12" stroke-linecap="round"><path d="M880 190l-14 70M1000 190l14 70"/></g>
</svg>
`
