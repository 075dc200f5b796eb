// Prints the modules of others in SBOMs of CycloneDX with their licenses, a line each, sorted. A module
// whose license was not recognized fails.
import {readFileSync} from 'node:fs'

// Licenses whose texts the tool does not recognize. They were read.
const known = {std: 'BSD-3-Clause', 'github.com/tmthrgd/go-hex': 'BSD-3-Clause'}

const lines = new Set()
const unknown = new Set()
for (const file of process.argv.slice(2)) {
  for (const part of JSON.parse(readFileSync(file, 'utf8')).components) {
    if (part.name.startsWith('github.com/10ex/')) continue // ours
    const found = part.evidence?.licenses ?? part.licenses ?? []
    const names = found.map(({license, expression}) => expression ?? license.id ?? license.name)
    if (names.length === 0 && known[part.name]) names.push(known[part.name])
    if (names.length === 0) unknown.add(`${part.name} ${part.version}`)
    lines.add(`${part.name} ${part.version}\t${names.sort().join(', ')}`)
  }
}
if (unknown.size > 0) throw new Error(`no license found in: ${[...unknown].join('; ')}`)
console.log([...lines].sort().join('\n'))
