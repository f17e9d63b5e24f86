/** A process on the operator's machine: prints the path of every report that it is sent. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(204).end();
  console.log(request.url!.slice(1));
});
server.listen(Number(process.argv[2]), () => console.log('listens'));
